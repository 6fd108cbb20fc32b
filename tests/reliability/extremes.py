"""extremes.py NEUROGRAFT CONFIGS [--combinations N] [--seed S] [--jobs J] [--only PATTERN] [--one-end]

Runs a small scenario in which all processes work with every parameter at each end of its range: numbers at their
lowest and highest value, or, where no end is given, at +-1e300 and a million times the default; where zero is
allowed, at the smallest number above it too; switches both ways; names at each choice; lists empty and full of the
ends of their elements. The list of parameters is the program's own. Then N runs with two to ten of them at once.

A run must either complete, with every curve and field finite and nothing negative that is counted or measured, or be
refused before it writes a file, by a message that names the key. One that goes on beyond its time is asked to stop
and must do so with sound results; it is listed, and may be one of fifty. A guard that fires, a crash or a step that does not end is a
failure. With --one-end each parameter goes to one end only, drawn with the seed. Ends with exit code 1 if anything
fails.
"""

import argparse
import collections
import concurrent.futures
import json
import math
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile
import tomllib

import h5py
import numpy

REFUSED, STOPPED = 2, 75
SECONDS, GRACE_S = 20, 60  # of a run, and from SIGTERM to its end
SLOW_SHARE = 0.02
MEMORY = 6 << 30  # of a run that the program's own check has let pass
# [product.NAME] and [fields.NAME] have entries of these names in extremes.toml.
NAMED = {"product": "product.hnsc", "fields": "fields.tracer"}
PHANTOM = ["simulation.start_d=-1", "simulation.duration_d=3", "graft.cells=1000", "graft.extra.0.cells=1000",
           "graft.extra.0.day=1", "insult.0.start_d=1", "output.snapshots_d=[3]"]
SIGNED = {"pbvc", "donor_centre"}  # a change, and a place


class Scene:
    """A scenario, and the sections that are tried in it."""

    def __init__(self, config, settings, sections):
        self.config, self.settings, self.sections = config, settings, sections
        self.given = tomllib.loads(config.read_text())

    def address(self, parameter):
        """The key in this scenario: of a list, that of an entry which gives it."""
        section, key = parameter["section"], parameter["key"]
        if not parameter["heading"].startswith("[["):
            return f"{NAMED.get(section, section)}.{key}"
        entries = self.given
        for part in section.split("."):
            entries = entries.get(part, {})
        giving = [n for n, entry in enumerate(entries) if key in entry] + [0]
        return f"{section}.{giving[0]}.{key}"

    def tries(self, section):
        return re.fullmatch(self.sections, section)


def ends(parameter):
    """The extremes of a number, or of the elements of a list."""
    scale = parameter["default"] if isinstance(parameter["default"], (int, float)) else 1.0
    far = [1e6 * (abs(scale) or 1.0), 1e300]
    if parameter["type"] == "whole number":
        far = [10**6 * (abs(scale) or 1), 2**53]
    low = [parameter["minimum"]] if "minimum" in parameter else [-x for x in far]
    if "exclusiveMinimum" in parameter:
        low = [math.nextafter(parameter["exclusiveMinimum"], math.inf)]
    elif low == [0] and parameter["type"] != "whole number":
        low.append(math.nextafter(0.0, 1.0))
    return low, [parameter["maximum"]] if "maximum" in parameter else far


def extremes(parameter):
    """All values to be tried, as TOML."""
    if parameter["type"] == "true or false":
        return ["false", "true"]
    if "choices" in parameter:
        return [f'"{choice}"' for choice in parameter["choices"]]
    if parameter["type"] in ("number", "whole number"):
        return [repr(x) for end in ends(parameter) for x in end]
    if parameter["type"] == "list of numbers":
        length = len(parameter["default"]) or 3
        low, high = ends(parameter)
        lists = [[x] * length for x in low + high] + [[low[0]] * (length - 1) + [high[-1]], []]
        return [repr(values) for values in lists]
    return []  # free text


def sound(path, complete):
    """What is wrong with the results; empty if nothing."""
    with h5py.File(path) as file:
        if complete and not file.attrs["complete"]:
            return "not complete"
        series = {name: data[()] for name, data in file["series"].items() if data.dtype.kind in "fiu"}
        absent = {}  # where there is nothing to have a place or to change
        if "donor_centre" in series:  # readouts are on
            nobody = (series["donor_alive"] == series["donor_alive_by_compartment"][:, 0])[:, None]
            absent = {"donor_centre": nobody, "donor_spread": nobody,
                      "pbvc": (series["parenchymal_volume"] == 0) | (series["time"] < 0)[:, None]}
        for name, values in series.items():
            if (~numpy.isfinite(values) & ~(numpy.isnan(values) & absent.get(name, False))).any():
                return f"{name} is not finite"
            if name not in SIGNED and file["series"][name].attrs.get("CLASS") is None and (values < 0).any():
                return f"{name} is negative"
        for name, data in file.get("fields", {}).items():
            tissue = data[()]
            if data.ndim == 4 and (numpy.isinf(tissue).any() or (tissue < 0).any()):
                return f"fields/{name} is infinite or negative"
    return ""


def attempt(neurograft, scene, settings, folder):
    """The kind of end that a run came to, and what to say about it."""
    output = pathlib.Path(tempfile.mkdtemp(dir=folder)) / "run.h5"
    command = [neurograft, "run", str(scene.config), "-o", str(output), "--progress", "none", "--threads", "1"]
    command += [part for setting in scene.settings + settings for part in ("--set", setting)]
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=limit)
    slow = False
    try:
        _, said = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        slow = True
        process.terminate()
        try:
            _, said = process.communicate(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return "failed", f"does not end a step in {GRACE_S} s"
    code, said = process.returncode, said.strip()
    files = list(output.parent.iterdir())
    try:
        if code == REFUSED:
            keys = [setting.split("=")[0].split(".")[-1] for setting in settings]
            named = any(re.search(rf"\b{key}\b", said) for key in keys)
            wrong = "left a file" if files else "" if named else "names none of the keys"
            return ("failed", f"{wrong}: {said}") if wrong else ("refused", said)
        if code != 0 and not (slow and code == STOPPED):
            return "failed", f"exit code {code}: {said}"
        try:
            wrong = sound(output, complete=code == 0) if output.exists() else "no file"
        except (OSError, KeyError, ValueError) as problem:
            wrong = f"unreadable: {type(problem).__name__} {problem}"
        return ("failed", wrong) if wrong else ("slow", "") if slow else ("ran", "")
    finally:
        for path in files:
            path.unlink()


def jobs_of(scenes, parameters, arguments):
    """Pairs of a scene and its settings."""
    chance = random.Random(arguments.seed)
    every = [(scene, [f"{scene.address(parameter)}={value}" for value in extremes(parameter)])
             for scene in scenes for parameter in parameters if scene.tries(parameter["section"])]
    every = [(scene, values) for scene, values in every if values]
    for scene, values in every:
        for setting in [chance.choice(values)] if arguments.one_end else values:
            yield scene, [setting]
    for _ in range(arguments.combinations):
        scene = chance.choice(scenes)
        of_scene = [values for other, values in every if other is scene]
        if of_scene:
            some = chance.sample(of_scene, min(len(of_scene), chance.randint(2, 10)))
            yield scene, [chance.choice(values) for values in some]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[2])
    parser.add_argument("neurograft")
    parser.add_argument("configs", type=pathlib.Path)
    parser.add_argument("--combinations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="", help="part of section.key, a regular expression")
    parser.add_argument("--one-end", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    listed = subprocess.check_output([arguments.neurograft, "params", "--json"], text=True)
    parameters = [one for one in json.loads(listed) if re.search(arguments.only, f"{one['section']}.{one['key']}")]
    beside = pathlib.Path(__file__).with_name
    scenes = [Scene(beside("extremes.toml"), [], ".*"), Scene(beside("extremes_fine.toml"), [], "signalling|fields"),
              Scene(arguments.configs / "phantom_small.toml", PHANTOM, "brain|lesions|host|graft|tissue|readouts")]
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        jobs = list(jobs_of(scenes, parameters, arguments))
        ended = pool.map(lambda job: attempt(arguments.neurograft, *job, folder), jobs)
        for (scene, settings), (end, said) in zip(jobs, ended):
            counts[end] += 1
            if arguments.verbose or end in ("failed", "slow"):
                print(f"{end}: {scene.config.stem} {' '.join(settings)}: {said}", flush=True)
    print(f"{len(parameters)} parameters, {len(jobs)} runs: " +
          ", ".join(f"{counts[end]} {end}" for end in ("ran", "refused", "slow", "failed")))
    if counts["slow"] > max(5, len(jobs) * SLOW_SHARE):
        sys.exit("too many are slow")
    sys.exit(1 if counts["failed"] else 0)


main()
