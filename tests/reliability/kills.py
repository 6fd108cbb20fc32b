"""kills.py NEUROGRAFT CONFIGS [--kills N] [--seed S] [--scenarios NAME,...]

Kills runs of every scenario at random moments, goes on with them, kills them again, up to eight times, until
each has come to its end; then begins anew, until N times a run has been killed. Most are killed by SIGKILL, some
asked to stop by SIGTERM, SIGINT, SIGUSR1 or SIGHUP; the number of threads changes each time, and how often a
checkpoint is written.

After each kill OUT.h5 must open in h5py, say complete = 0 unless all was done, and hold bit for bit what the
unbroken run has recorded up to there; a run asked to stop must end with exit code 75 and a checkpoint. A run that came to its
end must be identical to the unbroken one (`neurograft compare`) and leave no other file. Large scenarios are
made small: coarser voxels, fewer cells and days. Ends with exit code 1 if anything differs.
"""

import argparse
import collections
import itertools
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import tomllib

import h5py

CELLS, DAYS, VOXEL_MM = 20_000, 20.0, 8.0
MOST_STOPS = 8  # of one run, which then goes on to its end
STOPPED = 75
SCAN = pathlib.Path("/usr/share/mricron/templates/ch2bet.nii.gz")  # without it only other brains
# Wall time between checkpoints [min]: one at each step, often, or none within such a run.
PERIODS = [1e-7, 1e-3, 10.0]
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP]


def settings_of(config):
    """What makes a scenario small, as arguments of --set."""
    given = tomllib.loads(config.read_text())
    simulation, graft = given.get("simulation", {}), given.get("graft", {})
    start = max(simulation.get("start_d", 0.0), -5.0)
    end = min(simulation.get("duration_d", 365.0), DAYS)
    settings = [f"simulation.start_d={start}", f"simulation.duration_d={end}"]
    if given.get("brain", {}).get("source") == "colin27":
        settings.append(f"brain.resolution_mm={VOXEL_MM}")
    if graft.get("cells", 0) > CELLS:
        settings.append(f"graft.cells={CELLS}")
    days = [day for day in given.get("output", {}).get("snapshots_d", []) if start <= day <= end]
    settings.append(f"output.snapshots_d={days}")
    return [part for setting in settings for part in ("--set", setting)]


def recorded(file):
    """Paths and datasets of all that `compare` compares."""
    found = []
    for group in ("series", "fields", "agents", "events"):
        if group in file:
            file[group].visititems(lambda name, item: found.append((f"{group}/{name}", item))
                                   if isinstance(item, h5py.Dataset) else None)
    return found


class Scenario:
    """A scenario with the results of its unbroken run."""

    def __init__(self, neurograft, config, folder):
        self.neurograft, self.config, self.folder = neurograft, config, folder
        self.settings = settings_of(config)
        self.reference = folder / f"{config.stem}_reference.h5"
        self.output = folder / f"{config.stem}.h5"
        began = time.monotonic()
        subprocess.run([*self.command(self.reference), "--threads", "2"], check=True, stdout=subprocess.DEVNULL)
        self.wall = time.monotonic() - began
        with h5py.File(self.reference) as file:
            self.recorded = {path: data[()] for path, data in recorded(file)}

    def command(self, output):
        return [self.neurograft, "run", str(self.config), "-o", str(output), "--progress", "none", *self.settings]

    def others(self):
        """Files beside the output that belong to it."""
        return sorted(path.name[len(self.output.name):] for path in self.folder.glob(self.output.name + "?*"))

    def is_complete(self):
        if not self.output.exists():
            return False
        with h5py.File(self.output) as file:
            return bool(file.attrs["complete"])

    def check_published(self, complete):
        """The published file is a beginning of the unbroken run."""
        if not self.output.exists():
            return
        with h5py.File(self.output) as file:
            assert file.attrs["complete"] == complete, f"complete = {file.attrs['complete']}"
            for path, data in recorded(file):
                found, expected = data[()], self.recorded[path]
                assert found.shape[1:] == expected.shape[1:] and len(found) <= len(expected), path
                expected = expected[:len(found)]
                same = found.tobytes() == expected.tobytes() if found.dtype != object else list(found) == list(expected)
                assert same, f"{path} differs"
            counts = {len(data) for name, data in file["series"].items() if name == "time" or data.attrs.get("CLASS") != b"DIMENSION_SCALE"}
            assert len(counts) == 1, f"curves of {counts} records"

    def finish(self):
        compared = subprocess.run([self.neurograft, "compare", str(self.reference), str(self.output)],
                                  capture_output=True, text=True)
        assert compared.returncode == 0, compared.stdout + compared.stderr
        assert self.others() == [], f"left behind: {self.others()}"
        self.output.unlink()


def kill_once(scenario, chance, counts, enough):
    """Goes on with the run and ends it at a random moment, unless enough have been. True if it came to its end."""
    how = chance.choices(SIGNALS, [12, 2, 2, 2, 1])[0]
    command = [*scenario.command(scenario.output), "--resume", "--threads", str(chance.choice([1, 2, 3, 7])),
               "--set", f"output.checkpoint_every_min={chance.choice(PERIODS)}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _, said = process.communicate(timeout=None if enough else chance.uniform(0.0, 1.2 * scenario.wall))
    except subprocess.TimeoutExpired:
        process.send_signal(how)
        try:
            _, said = process.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"still there 300 s after {how.name}") from None
    code = process.returncode
    assert code in (0, STOPPED, -how), f"exit code {code}: {said}"
    assert how != signal.SIGKILL or code != STOPPED
    if code == 0:
        scenario.check_published(complete=1)
        scenario.finish()
        return True
    ended = how == signal.SIGKILL and scenario.is_complete()  # killed between its last act and its exit
    scenario.check_published(complete=1 if ended else 0)
    others = scenario.others()
    if code == STOPPED:
        assert ".ckpt" in others and scenario.output.exists(), "stopped without a checkpoint"
        counts[how.name] += 1
    elif how == signal.SIGKILL:
        counts["SIGKILL"] += 1
        writing = [name for name in others if name.endswith(".new")]
        place = ("after the end" if ended
                 else "in a checkpoint" if any(".ckpt." in name for name in writing)
                 else "in a publish" if writing else "between" if scenario.output.exists() else "before any")
        counts[f"  {place}"] += 1
    else:
        counts["before the signal was heard"] += 1
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[2])
    parser.add_argument("neurograft")
    parser.add_argument("configs", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenarios", help="names, by comma; default: all of the folder")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    counts = collections.Counter()
    wanted = arguments.scenarios.split(",") if arguments.scenarios else None
    configs = [path for path in sorted(arguments.configs.glob("*.toml"))
               if (wanted is None or path.stem in wanted) and (SCAN.is_file() or "colin27" not in path.read_text())]
    if not SCAN.is_file():
        print(f"SKIPPED: scenarios in the brain of {SCAN}, which is not there")
    with tempfile.TemporaryDirectory() as folder:
        scenarios = [Scenario(arguments.neurograft, config, pathlib.Path(folder)) for config in configs]
        kills = lambda: sum(counts[kind.name] for kind in SIGNALS)
        enough = lambda: kills() >= arguments.kills
        while not enough():
            scenario = scenarios[counts["rounds"] % len(scenarios)]
            counts["rounds"] += 1
            try:
                for stops in itertools.count():
                    if kill_once(scenario, chance, counts, enough() or stops >= MOST_STOPS):
                        break
            except (AssertionError, OSError, KeyError, subprocess.SubprocessError) as problem:
                sys.exit(f"{scenario.config.stem}: {type(problem).__name__}: {problem}")
            counts["finished"] += 1
            if counts["finished"] % 10 == 0:
                print(f"{kills()} kills", flush=True)
    if arguments.kills >= 500:
        for place in ("  in a checkpoint", "  in a publish"):
            assert counts[place] > 0, f"none was killed{place[1:]}"
    print(f"{len(scenarios)} scenarios; {counts['finished']} runs came to their end, all identical to the unbroken one")
    for name in ("SIGKILL", "  in a checkpoint", "  in a publish", "  between", "  before any", "  after the end", "SIGTERM", "SIGINT",
                 "SIGUSR1", "SIGHUP", "before the signal was heard"):
        print(f"{name:28} {counts[name]:6}")


main()
