"""What the checks share: the project's files, and C++ text without comments and strings."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYERS = ("core", "world", "brain", "engine", "model", "io", "scenario", "study", "verification", "report")
NOT_OURS = {".git", "build", "results", "__pycache__"}


def project_files():
    """All files of the project: what git knows or would add, or all there is without git."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        paths = (ROOT / name for name in listing.stdout.split("\0") if name)
    else:
        paths = (path for path in ROOT.rglob("*")
                 if not NOT_OURS.intersection(path.relative_to(ROOT).parts))
    return sorted(path for path in paths if path.is_file())


def relative(path):
    return path.relative_to(ROOT).as_posix()


def cpp_files(*folders):
    """C++ files below these top-level folders."""
    return [path for path in project_files()
            if path.suffix in (".cpp", ".hpp") and relative(path).split("/")[0] in folders]


_NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])'", re.DOTALL)


def code_only(text):
    """C++ with comments and literals blanked; line numbers stay as they are."""
    return _NOT_CODE.sub(lambda match: "\n" * match.group().count("\n"), text)


def report(problems, checked):
    """Prints the problems and ends the program: 1 if there are any, or if nothing was checked."""
    for problem in problems:
        print(problem)
    print(f"{checked} checked, {len(problems)} problems")
    sys.exit(1 if problems or checked == 0 else 0)
