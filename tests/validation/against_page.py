"""Runs `neurograft validate` and holds its verdicts against docs/validation.md.

against_page.py PROGRAM EXPERIMENTS PAGE FOLDER [--quick] [ID...]: fails unless every verdict is that of the
page, and page and experiments have the same targets. With --quick a tenth of the runs is done, and fails only
what the page says is met and so few runs show to be missed."""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

program, experiments, page, folder, *options = sys.argv[1:]
quick = "--quick" in options
# A run is known by its config, not by the code: runs of an older build must not be judged.
shutil.rmtree(folder, ignore_errors=True)
ended = subprocess.run([program, "validate", "--experiments", experiments, "-o", folder,
                        "--progress", "none", *options], stdout=subprocess.DEVNULL)
if ended.returncode not in (0, 1):
    sys.exit(f"neurograft validate ended with {ended.returncode}")

# Rows of the page: | experiment | target | measured | model | 95 % of runs | runs | verdict |
verdicts = {}
for validation, body in re.findall(r"<!-- begin (\w+) -->(.*?)<!-- end \1 -->",
                                   Path(page).read_text(encoding="utf-8"), re.DOTALL):
    for line in body.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if len(cells) == 7 and cells[6].strip("*") in ("pass", "miss", "open"):
            verdicts[validation, cells[0], cells[1]] = cells[6].strip("*")

problems = []
seen = set()
counts = {"pass": 0, "miss": 0, "open": 0}
with open(Path(folder) / "validation.csv", encoding="utf-8", newline="") as table:
    for row in csv.DictReader(table):
        name = row["id"], row["experiment"], row["target"].replace("|", "\\|")
        seen.add(name)
        counts[row["verdict"]] += 1
        if int(row["failed"]) > 0:
            problems.append(f"{' '.join(name)}: {row['failed']} runs without a value")
        elif name not in verdicts:
            problems.append(f"{' '.join(name)}: not in {page}")
        elif verdicts[name] != row["verdict"] and (
                not quick or (verdicts[name], row["verdict"]) == ("pass", "miss")):
            problems.append(f"{' '.join(name)}: {verdicts[name]} on the page, now {row['verdict']}: "
                            f"{row['model']} of {row['measured_low']} to {row['measured_high']}")
ran = {name[0] for name in seen}
for name in verdicts:
    if name[0] in ran and name not in seen:
        problems.append(f"{' '.join(name)}: on the page, and no target any more")
print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
