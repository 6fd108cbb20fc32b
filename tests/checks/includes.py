"""Includes run downwards only, and third-party headers stay where they belong.

The table is the one of lib/neurograft/README.md, which is checked against it."""

import re

from source_text import LAYERS, ROOT, cpp_files, relative, report

# Layer -> layers it may include besides itself.
BELOW = {
    "core": (),
    "world": ("core",),
    "brain": ("world", "core"),
    "engine": ("world", "core"),
    "model": ("engine", "world", "core"),
    "io": ("engine", "world", "core"),
    "scenario": ("brain", "model", "io", "engine", "world", "core"),
    "study": ("scenario", "brain", "model", "io", "engine", "world", "core"),
    "verification": ("model", "engine", "world", "core"),
    "report": ("io", "engine", "world", "core"),
}

# Third-party header -> layers whose .cpp files may include it. Never a header: an installed one
# must not need them, and Eigen's types change with the instruction set.
THIRD_PARTY = (
    (r"H5\w*\.h|hdf5(_hl)?\.h", {"io"}),
    (r"nifti\w*\.h|znzlib\.h|zlib\.h", {"io"}),
    (r"toml\+\+/.*|toml\.hpp", {"io"}),
    (r"omp\.h|sleef\.h", {"core"}),
    (r"CLI/.*", {"sim"}),
    (r"boost/.*|Eigen/.*|unsupported/Eigen/.*|fmt/.*", {*LAYERS, "sim"}),
    (r"(unistd|fcntl|poll|sched|signal|cpuid|immintrin|x86intrin)\.h|sys/\w+\.h",
     {"core", "io", "scenario", "sim"}),
)

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def layer_of(path):
    parts = relative(path).split("/")
    if parts[0] == "sim":
        return "sim"
    if parts[1] == "python":
        return "python"
    return parts[2] if len(parts) > 3 else "umbrella"


def why_not(path, quote, name):
    """The rule this include breaks, or None."""
    layer = layer_of(path)
    if layer == "python":  # on top of what is installed, as anybody's program would be
        return None if re.fullmatch(r"neurograft/neurograft\.hpp|pybind11/.*|\w+\.hpp|[a-z_0-9]+", name) else (
            "is not for the Python package")
    if quote == '"':
        return None if layer == "sim" else "is written with quotes; use <neurograft/...>"
    if name.startswith("neurograft/"):
        target = name.split("/")[1] if name.count("/") > 1 else "umbrella"
        if not (ROOT / "lib" / name).is_file():
            return "does not exist in lib"
        if layer in ("sim", "umbrella") or target == layer or target in BELOW[layer]:
            return None
        return f"is above or beside {layer}"
    if re.fullmatch(r"[a-z_0-9]+", name):
        return None  # the standard library
    for pattern, layers in THIRD_PARTY:
        if re.fullmatch(pattern, name):
            if path.suffix == ".hpp" and layer != "sim":
                return "is third-party and stands in a header"
            return None if layer in layers else f"does not belong in {layer}"
    return "is not a header that this project uses"


def table_problems():
    """Rows `| folder/ | what | may include |` of the README against BELOW."""
    text = (ROOT / "lib/neurograft/README.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)/` \|[^|]*\| ([^|]*?) \|", text, re.MULTILINE))
    for layer in LAYERS:
        named = {word for word in re.findall(r"`(\w+)`", rows.get(layer, ""))}
        present = (ROOT / "lib/neurograft" / layer).is_dir()
        if present != (layer in rows):
            yield f"lib/neurograft/README.md: the row of {layer}/ and the folder do not go together"
        elif present and not named <= set(BELOW[layer]):
            yield f"lib/neurograft/README.md: {layer}/ names {sorted(named - set(BELOW[layer]))}"


problems = list(table_problems())
files = cpp_files("lib", "sim")
for path in files:
    text = path.read_text()
    for match in INCLUDE.finditer(text):
        reason = why_not(path, *match.groups())
        if reason:
            line = text.count("\n", 0, match.start(1)) + 1
            problems.append(f"{relative(path)}:{line}: <{match.group(2)}> {reason}")
report(problems, len(files))
