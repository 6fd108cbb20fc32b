"""Runs `neurograft validate` and holds its verdicts against docs/validation.md.

against_page.py PROGRAM EXPERIMENTS PAGE FOLDER [--quick] [ID...]: fails if a target that the page says
is met is missed, or if the page does not have it. With --quick a tenth of the runs is done, and what so
few runs leave open is not held against the model."""

import csv
import re
import subprocess
import sys
from pathlib import Path

program, experiments, page, folder, *options = sys.argv[1:]
ended = subprocess.run([program, "validate", "--experiments", experiments, "-o", folder,
                        "--progress", "none", *options], stdout=subprocess.DEVNULL)
if ended.returncode not in (0, 1):
    sys.exit(f"neurograft validate ended with {ended.returncode}")

# Rows of the page: | experiment | target | measured | model | 95 % of runs | runs | verdict |
verdicts = {}
for validation, body in re.findall(r"<!-- begin (\w+) -->(.*?)<!-- end \1 -->",
                                   Path(page).read_text(encoding="utf-8"), re.DOTALL):
    for line in body.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 7:
            verdicts[validation, cells[0], cells[1]] = cells[6].strip("*")

problems = []
counts = {"pass": 0, "miss": 0, "open": 0}
with open(Path(folder) / "validation.csv", encoding="utf-8", newline="") as table:
    for row in csv.DictReader(table):
        name = row["id"], row["experiment"], row["target"]
        counts[row["verdict"]] += 1
        if int(row["failed"]) > 0:
            problems.append(f"{' '.join(name)}: {row['failed']} runs without a value")
        elif name not in verdicts:
            problems.append(f"{' '.join(name)}: not in {page}")
        elif verdicts[name] == "pass" and row["verdict"] == "miss":
            problems.append(f"{' '.join(name)}: met by the page, now {row['model']} of "
                            f"{row['measured_low']} to {row['measured_high']}")
print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
