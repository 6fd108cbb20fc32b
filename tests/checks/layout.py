"""Where files stand: top level, sources in their lists, tests beside their sources, headers."""

import re

from source_text import LAYERS, ROOT, code_only, project_files, relative, report

TOP_LEVEL = {
    ".ci", ".clang-format", ".clang-tidy", ".gitignore", "CHANGELOG.md", "CITATION.cff", "CMakeLists.txt",
    "CMakePresets.json", "CONTRIBUTING.md", "LICENSE", "README.md", "bench", "cmake", "configs",
    "docs", "lib", "quickstart", "sim", "studies", "tests"}

# Tests that are of a layer, not of one of its sources.
OF_A_LAYER = {"tests/unit/brain/test_colin27.cpp"}  # the packaged brain through all of brain/

files = [relative(path) for path in project_files()]
known = set(files)
problems = []


def need(condition, where, what):
    if not condition:
        problems.append(f"{where}: {what}")


for name in sorted({name.split("/")[0] for name in files}):
    need(name in TOP_LEVEL, name, "does not belong at the top level")

for name in files:
    parts = name.split("/")
    need(re.fullmatch(r"[\w.+-]+", parts[-1]), name, "has an odd character in its name")
    if name.endswith((".cpp", ".hpp")):
        need(re.fullmatch(r"[a-z0-9_]+\.[ch]pp", parts[-1]), name, "is not snake_case")

    if parts[:2] == ["lib", "neurograft"] and name.endswith(".cpp"):
        listed = (ROOT / "lib/neurograft" / parts[2] / "sources.cmake").read_text()
        need(re.search(rf"^\s+{re.escape('/'.join(parts[3:]))}\b", listed, re.MULTILINE), name,
             "is not in its folder's sources.cmake")
    if name.endswith(".hpp"):
        text = (ROOT / name).read_text()
        need(text.startswith("#pragma once\n"), name, "does not begin with #pragma once")
        need(not re.search(r"^\s*using namespace", code_only(text), re.MULTILINE), name,
             "has a using-directive in a header")
        if parts[:3] == ["lib", "neurograft", "model"]:
            need("///" in text, name, "does not say what it models")

    if parts[:2] == ["tests", "unit"] and name.endswith(".cpp"):
        stem = parts[-1][len("test_"):-len(".cpp")]
        # A source with many tests may have several files: test_config.cpp, test_config_schema.cpp.
        stems = ["_".join(stem.split("_")[:n + 1]) for n in range(stem.count("_") + 1)]
        need(parts[2] in LAYERS and parts[-1].startswith("test_"), name,
             "is not tests/unit/LAYER/test_NAME.cpp")
        need(name in OF_A_LAYER or
             any(f"lib/neurograft/{parts[2]}/{start}.{kind}" in known
                 for start in stems for kind in ("hpp", "cpp")),
             name, f"tests nothing called {stem} in {parts[2]}/")
    if parts[0] == "configs" and name.endswith(".toml"):
        need((ROOT / name).read_text().startswith("#"), name, "has no comment at its head")

report(problems, len(files))
