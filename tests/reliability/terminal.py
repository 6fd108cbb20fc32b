"""terminal.py NEUROGRAFT CONFIG

What a run does whose terminal is closed, or whose messages cannot be written: it ends with exit code 75 and a
checkpoint, from which it goes on to the results of the unbroken run; or it goes on to its end.
Exit code 77: there are no terminals to be had here.
"""

import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import time

NEUROGRAFT, CONFIG = sys.argv[1:3]
STOPPED, IO_FAILURE, SKIPPED = 75, 4, 77

try:
    for end in pty.openpty():
        os.close(end)
except OSError as error:
    print(f"skipped: {error}")
    sys.exit(SKIPPED)


def command(output, *options):
    return [NEUROGRAFT, "run", CONFIG, "-o", str(output), "--threads", "2", "--set", "graft.cells=2000",
            *options]


def run(output, *options, **streams):
    return subprocess.run(command(output, *options), **streams).returncode


def exit_code_when_closed(output, *options):
    """Of a run on a terminal of its own that is closed while it works."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(NEUROGRAFT, command(output, *options))
    part = output.with_name(output.name + ".part")
    while not part.exists() and os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.01)
    time.sleep(0.2)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def expect(holds, what):
    if not holds:
        sys.exit(f"FAILED: {what}")
    print(what)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    whole, broken = folder / "whole.h5", folder / "broken.h5"
    expect(run(whole, **quiet) == 0, "an unbroken run")
    for style in ("auto", "bar", "json", "none"):
        code = exit_code_when_closed(broken, "--progress", style)
        expect(code == STOPPED, f"--progress {style}: closed terminal, exit code {code}")
        expect(broken.with_name("broken.h5.ckpt").exists(), "  a checkpoint")
        expect(run(broken, "--resume", **quiet) == 0, "  resumes")
        same = subprocess.run([NEUROGRAFT, "compare", str(whole), str(broken)], **quiet).returncode == 0
        expect(same, "  to the same results")
        broken.unlink()
    with open("/dev/full", "w") as full:
        expect(run(broken, "--progress", "json", stdout=subprocess.DEVNULL, stderr=full) == 0,
               "messages that cannot be written end no run")
        expect(run(broken, stdout=full, stderr=subprocess.DEVNULL) == IO_FAILURE,
               "a summary that cannot be written is told")
    expect(subprocess.run([NEUROGRAFT, "compare", str(whole), str(broken)], **quiet).returncode == 0,
           "  after all results are")
