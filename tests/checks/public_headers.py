"""The headers that are installed are neurograft.hpp and all that it brings."""

import re

from source_text import ROOT, report

brought, todo = set(), ["neurograft.hpp"]
while todo:
    header = todo.pop()
    if header not in brought:
        brought.add(header)
        todo += re.findall(r"#include <neurograft/([^>]+)>", (ROOT / "lib/neurograft" / header).read_text())

listed = (ROOT / "lib/neurograft/public_headers.cmake").read_text()
listed = set(re.findall(r"^  (\S+\.hpp)$", listed, re.MULTILINE))
problems = [f"{name} is brought by neurograft.hpp, but is not in public_headers.cmake"
            for name in sorted(brought - listed)]
problems += [f"{name} is in public_headers.cmake, but neurograft.hpp does not bring it"
             for name in sorted(listed - brought)]
report(problems, len(brought))
