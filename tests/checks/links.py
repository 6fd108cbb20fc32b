"""Relative links in the project's pages lead to files that are there, and to headings in them."""

import re
from urllib.parse import unquote

from source_text import ROOT, project_files, relative, report

FENCE = re.compile(r"^(\s*)(`{3,}|~{3,}).*?^\s*\2[`~]*\s*$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$", re.MULTILINE)


def blanked(pattern, text):
    """Text without what matches; line numbers stay as they are."""
    return pattern.sub(lambda match: "\n" * match.group().count("\n"), text)


def anchors(text):
    """Addresses that code hosts give to the headings of a page."""
    found = set(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", text))
    seen = {}
    for heading in HEADING.findall(blanked(FENCE, text)):
        heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found


pages = {path: path.read_text(encoding="utf-8") for path in project_files()
         if path.suffix == ".md"}
anchors_of = {path: anchors(text) for path, text in pages.items()}
problems = []
checked = 0
for page, text in pages.items():
    # Code spans may hold brackets, and links may hold code spans.
    plain = CODE.sub(lambda match: re.sub(r"[^\n]", "x", match.group()), blanked(FENCE, text))
    for match in LINK.finditer(plain):
        target = match.group(1)
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        checked += 1
        line = plain.count("\n", 0, match.start()) + 1
        name, _, anchor = unquote(target).partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.is_relative_to(ROOT) or not path.exists():
            problems.append(f"{relative(page)}:{line}: {target} is not there")
        elif anchor and anchor not in anchors_of.get(path, ()):
            problems.append(f"{relative(page)}:{line}: {target} has no such heading")
report(problems, checked)
