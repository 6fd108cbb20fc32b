"""C++ on the project's pages is what a test compiles. Takes the compiler.

A block after `<!-- quoted from: FILE -->` stands in that file of the project, line by line; any other `cpp` block
compiles by itself, as the body of a function, with its includes before it."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from source_text import ROOT, project_files, relative, report

BLOCK = re.compile(r"(?:<!-- quoted from: (\S+) -->\n+)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTE = re.compile(r"<!-- quoted from: ")


def compile_problem(compiler, text):
    """What the compiler says of a block, or None."""
    lines = text.splitlines()
    includes = [line for line in lines if line.startswith("#include")]
    body = [line for line in lines if not line.startswith("#include")]
    program = "\n".join([*includes, "void snippet() {", *body, "}", ""])
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "snippet.cpp"
        source.write_text(program, encoding="utf-8")
        done = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", f"-I{ROOT / 'lib'}", str(source)],
                              capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip()


problems = []
checked = 0
for page in (path for path in project_files() if path.suffix == ".md"):
    text = page.read_text(encoding="utf-8")
    quotes = 0
    for match in BLOCK.finditer(text):
        source, language, block = match.groups()
        line = text.count("\n", 0, match.start(3)) + 1
        if source:
            quotes += 1
            checked += 1
            path = ROOT / source
            if not path.is_file():
                problems.append(f"{relative(page)}:{line}: {source} is not there")
            elif f"\n{block}" not in f"\n{path.read_text(encoding='utf-8')}":
                problems.append(f"{relative(page)}:{line}: this does not stand in {source}")
        elif language == "cpp":
            checked += 1
            problem = compile_problem(sys.argv[1], block)
            if problem:
                problems.append(f"{relative(page)}:{line}: {problem}")
    if quotes != len(QUOTE.findall(text)):
        problems.append(f"{relative(page)}: a quote's mark has no block after it")
report(problems, checked)
