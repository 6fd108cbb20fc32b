"""run_page.py NEUROGRAFT SOURCE_TREE PAGE.md...: runs every `sh` and `python` block of pages, as written.

Blocks of one page run in their order, in a folder that looks like the source tree. A block after a line
`<!-- not run: REASON -->` is left out. Without a report page or the Python package in the build, what needs
them is too.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

neurograft, tree, *pages = sys.argv[1:]
BLOCK = re.compile(r"(<!-- not run: [^>]+ -->\n+)?^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


package = Path(neurograft).resolve().parent / "python/neurograft"
environment = {**os.environ, "PYTHONPATH": str(package.parent)}


def has_report_page(folder):
    run = subprocess.run([neurograft, "report", "none.h5"], cwd=folder, capture_output=True, text=True)
    return "no report page" not in run.stderr


def look_alike(folder):
    (folder / "build/release").mkdir(parents=True)
    (folder / "build/release/neurograft").symlink_to(Path(neurograft).resolve())
    for name in ("configs", "docs", "tests"):
        (folder / name).symlink_to(Path(tree).resolve() / name)
    (folder / "results").mkdir()


def run_page(page):
    ran = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        look_alike(folder)
        with_page = has_report_page(folder)
        for skipped, language, text in BLOCK.findall(Path(page).read_text(encoding="utf-8")):
            if skipped:
                continue
            if language == "sh" and not with_page:
                text = "\n".join(line for line in text.split("\n") if "neurograft report" not in line)
            if language == "python" and "import neurograft" in text and not package.is_dir():
                continue
            command = ["bash", "-euo", "pipefail", "-c", text] if language == "sh" else [sys.executable, "-c", text]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, env=environment)
            if done.returncode != 0:
                sys.exit(f"{page}: this failed with {done.returncode}:\n{text}\n{done.stdout}\n{done.stderr}")
            ran += 1
    print(f"{page}: {ran} blocks ran")
    return ran


if sum(run_page(page) for page in pages) == 0:
    sys.exit("no block was run")
