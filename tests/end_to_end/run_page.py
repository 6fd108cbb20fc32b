"""run_page.py NEUROGRAFT SOURCE_TREE PAGE.md...: runs every `sh` and `python` block of pages, as written.

Blocks of one page run in their order, in a folder that looks like the source tree. Lines before a block say
what else is done with it:

    <!-- not run: REASON -->     left out
    <!-- saved as: PATH -->      a `toml` or `text` block that is written to this file first, as its reader does
    <!-- with brain images: PACKAGE -->    left out where the scan of colin27 is not installed

`toml` blocks are read, whether saved or not. A block without a language must not hold commands: nobody would run
them. Without a report page or the Python package in the build, what needs it is left out. With RUN_PAGE_VERBOSE
set, all is shown that commands write.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

neurograft, tree, *pages = sys.argv[1:]
BLOCK = re.compile(r"(?:<!-- (not run|saved as|with brain images): ([^>]+) -->\n+)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SCAN = Path("/usr/share/mricron/templates/ch2bet.nii.gz")
PACKAGE = Path(neurograft).resolve().parent / "python/neurograft"
COMMAND = re.compile(r"^(?:\$ )?(?:\./quickstart|build/release/neurograft|neurograft) ", re.MULTILINE)


def has_report_page(folder):
    run = subprocess.run([neurograft, "report", "none.h5"], cwd=folder, capture_output=True, text=True)
    return "no report page" not in run.stderr


def look_alike(folder):
    (folder / "build/release").mkdir(parents=True)
    (folder / "build/release/neurograft").symlink_to(Path(neurograft).resolve())
    for name in ("bench", "configs", "docs", "sim", "tests"):
        (folder / name).symlink_to(Path(tree).resolve() / name)
    (folder / "results").mkdir()


def check_toml(page, text):
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        sys.exit(f"{page}: this is no TOML, {error}:\n{text}")


def run_block(page, language, text, folder, with_page):
    if language == "sh" and not with_page:
        text = "\n".join(line for line in text.split("\n") if "neurograft report" not in line)
    command = ["bash", "-euo", "pipefail", "-c", text] if language == "sh" else [sys.executable, "-c", text]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"{page}: this failed with {done.returncode}:\n{text}\n{done.stdout}\n{done.stderr}")
    if os.environ.get("RUN_PAGE_VERBOSE"):
        print(f"{text}{done.stdout}{done.stderr}", flush=True)


def run_page(page):
    ran = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        look_alike(folder)
        with_page = has_report_page(folder)
        for mark, value, language, text in BLOCK.findall(Path(page).read_text(encoding="utf-8")):
            if language == "toml":
                check_toml(page, text)
            if mark == "saved as":
                (folder / value).parent.mkdir(parents=True, exist_ok=True)
                (folder / value).write_text(text, encoding="utf-8")
            elif mark == "not run" or (mark == "with brain images" and not SCAN.is_file()):
                continue
            elif language == "python" and "import neurograft" in text and not PACKAGE.is_dir():
                continue
            elif language in ("sh", "python"):
                run_block(page, language, text, folder, with_page)
                ran += 1
            elif not language and COMMAND.search(text):
                sys.exit(f"{page}: a block without a language holds commands:\n{text}")
    print(f"{page}: {ran} blocks ran in {time.monotonic() - began:.0f} s", flush=True)
    return ran


if sum([run_page(page) for page in pages]) == 0:
    sys.exit("no block was run")
