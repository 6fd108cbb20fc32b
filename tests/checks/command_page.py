"""docs/commands.md names every sub-command and option of `--help`, and no other. Takes the command."""

import re
import subprocess
import sys

from source_text import ROOT, report

PAGE = "docs/commands.md"
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def help_of(words):
    return subprocess.run([sys.argv[1], *words, "--help"], capture_output=True, text=True, check=True).stdout


def options_of(text):
    """Those that are declared: at the beginning of a line, perhaps after a short one and a comma."""
    declared = re.findall(r"^\s+(?:-[A-Za-z],)?(--[a-z][a-z-]*)", text, re.MULTILINE)
    return set(declared) - {"--help"}


def subcommands_of(text):
    after = text.partition("Subcommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  ([a-z]+) ", after, re.MULTILINE)


def commands(words=()):
    """Every command with its options, as (words, options)."""
    text = help_of(words)
    yield words, options_of(text)
    for name in subcommands_of(text):
        yield from commands((*words, name))


def sections(text):
    """What stands below each heading `## name`, `### name`, without deeper headings of commands."""
    found = {}
    for part in re.split(r"^##+ ", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        found[title.strip().strip("`")] = body
    return found


page = sections((ROOT / PAGE).read_text(encoding="utf-8"))
problems = []
checked = 0
for words, options in commands():
    title = " ".join(("neurograft", *words))
    checked += 1 + len(options)
    if title not in page:
        problems.append(f"{PAGE}: no section `{title}`")
        continue
    # Rows `| `--option` ... | meaning |`; an example may show options of other commands.
    rows = "\n".join(line.split("|")[1] for line in page[title].splitlines() if line.startswith("|"))
    named = set(OPTION.findall(rows))
    problems += [f"{PAGE}: {title}: {option} is missing" for option in sorted(options - named)]
    problems += [f"{PAGE}: {title}: there is no {option}" for option in sorted(named - options)]
    if "```sh" not in page[title]:
        problems.append(f"{PAGE}: {title}: no example")
for title in page:
    if title.startswith("neurograft") and title not in {" ".join(("neurograft", *words)) for words, _ in commands()}:
        problems.append(f"{PAGE}: there is no `{title}`")
report(problems, checked)
