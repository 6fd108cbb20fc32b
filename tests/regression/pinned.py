#!/usr/bin/env python3
"""Runs a config and compares the last values of all readouts with those pinned beside this file.

A difference is a changed result: either a mistake, or a reason to raise `results_version` and to
pin anew with --update.

usage: pinned.py NEUROGRAFT CONFIG PINNED.json [--update]
"""

import json
import subprocess
import sys
import tempfile

OF_THE_RUN = {"end", "output", "wall_s", "peak_memory_bytes", "checkpoints", "checkpoint_bytes",
              "checkpoint_s", "resumed"}  # not of the model


def final_readouts(neurograft, config):
    with tempfile.TemporaryDirectory() as folder:
        command = [neurograft, "run", config, "-o", f"{folder}/run.h5"]
        command += ["--progress", "none", "--summary", "json"]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: value for name, value in json.loads(output).items() if name not in OF_THE_RUN}


def main():
    neurograft, config, pinned_path = sys.argv[1:4]
    got = final_readouts(neurograft, config)
    if "--update" in sys.argv:
        with open(pinned_path, "w") as file:
            json.dump(got, file, indent=1, sort_keys=True)
            file.write("\n")
        return
    with open(pinned_path) as file:
        pinned = json.load(file)
    wrong = [name for name in sorted(got.keys() | pinned.keys()) if got.get(name) != pinned.get(name)]
    for name in wrong:
        print(f"{name}: pinned {pinned.get(name)}, got {got.get(name)}")
    print(f"{len(wrong)} of {len(pinned)} values differ")
    sys.exit(1 if wrong else 0)


main()
