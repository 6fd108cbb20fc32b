"""docs/parameters.md is what `neurograft params --markdown` writes. Takes the command."""

import difflib
import subprocess
import sys

from source_text import ROOT, report

PAGE = "docs/parameters.md"

written = subprocess.run([sys.argv[1], "params", "--markdown"], capture_output=True, text=True,
                         encoding="utf-8", check=True).stdout
kept = (ROOT / PAGE).read_text(encoding="utf-8") if (ROOT / PAGE).is_file() else ""
changes = list(difflib.unified_diff(kept.splitlines(), written.splitlines(), PAGE,
                                    "neurograft params --markdown", lineterm="", n=0))
problems = changes[:20]
if kept != written:
    problems.append(f"{PAGE} is out of date; to renew it: "
                    f"build/release/neurograft params --markdown > {PAGE}")
report(problems, written.count("\n| `"))
