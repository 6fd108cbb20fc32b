"""The project's text names no machine's paths and leaves no marks of unfinished work."""

import re

from source_text import project_files, relative, report

TEXT = {".cpp", ".hpp", ".h", ".in", ".cmake", ".txt", ".json", ".md", ".toml", ".py", ".sh", ".cff",
        ".html", ".js", ".css", ".yml", ".csv", ""}
FORBIDDEN = (
    # A folder of one machine or person. Scripts ask mktemp, tests temp_directory_path.
    (re.compile(r"(?<![\w.}/])/(?:work|tmp|home|root|Users|mnt|scratch)/"), "is a machine's path"),
    # Written in two parts, so that this file does not find itself.
    (re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|WI" r"P)\b"), "marks unfinished work"),
    (re.compile(r"^(?:<{7}|={7}|>{7})(?: |$)", re.MULTILINE), "is left from a merge"),
)

problems = []
files = [path for path in project_files() if path.suffix in TEXT]
for path in files:
    text = path.read_text(errors="replace")
    for pattern, reason in FORBIDDEN:
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            problems.append(f"{relative(path)}:{line}: {match.group()} {reason}")
report(problems, len(files))
