"""The headers that are installed are neurograft.hpp and all that it brings, and these alone mark names as API."""

import re

from source_text import ROOT, cpp_files, relative, report

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
problems += [f"{relative(path)} marks names as NEUROGRAFT_API, but is not installed"
             for path in cpp_files("lib", "sim")
             if "NEUROGRAFT_API" in path.read_text() and relative(path).removeprefix("lib/neurograft/") not in listed]
report(problems, len(brought))
