#!/usr/bin/env bash
# `neurograft bench --json` answers every question, with one and two threads, in the fixed form that
# bench/README.md describes.
set -euo pipefail
"$1" bench --agents 1e4 --voxels 1e4 --seconds 0 --threads 2 --json | "${2:-python3}" -c '
import json, sys
table = json.load(sys.stdin)
assert table["format"] == 1 and table["agents"] == 1e4 and table["voxels"] == 1e4, table
for key in ("version", "commit", "dirty", "compiler", "flags", "processor", "cores", "seconds"):
    assert key in table, key
names = {row["name"] for row in table["results"]}
assert names == {"memory_stream", "donor_step", "cytokine_hour_20um", "cytokine_hour_50um",
                 "transient_step", "tissue_step"}, names
assert len(table["results"]) == 2 * len(names)
for row in table["results"]:
    assert row["threads"] in (1, 2), row
    assert 0.0 < row["lowest_ns"] <= row["median_ns"] <= row["highest_ns"], row
    assert row["of_memory_bandwidth"] > 0.0, row
    assert row["bytes_per_unit"] > 0.0, row
'
