#!/usr/bin/env python3
"""Runs the programs of this folder and draws cost per unit against size, over two decades.

usage: scaling.py FOLDER_OF_PROGRAMS OUT.png
"""

import json
import os
import subprocess
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

# Program, what varies, its name, unit of cost.
PANELS = [
    ("donor_step", "agents", "agents", "ns per agent and step"),
    ("donor_step", "per_mm3", "cells per mm3 where they are", "ns per agent and step"),
    ("transient_step", "voxels", "tissue voxels", "ns per voxel, substance and step"),
    ("transient_step", "substances", "substances", "ns per voxel, substance and step"),
    ("cytokines", "voxels", "tissue voxels", "ns per voxel, substance and hour"),
    ("tissue_step", "voxels", "tissue voxels", "ns per voxel and step"),
]


def measured(program):
    # As the command sets it for itself: threads that wait do not give up the core at once.
    output = subprocess.run([program, "--benchmark_format=json", "--benchmark_min_time=1"],
                            check=True, stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "GOMP_SPINCOUNT": "10000"}).stdout
    points = []
    for entry in json.loads(output)["benchmarks"]:
        name, *settings = entry["name"].split("/")
        values = dict(setting.split(":") for setting in settings if ":" in setting)
        point = {key: int(value) for key, value in values.items()}
        points.append((name, point, 1e9 * entry["s_per_unit"]))
        print(f"{name} {point} {points[-1][2]:.2f}")
    return points


def curves_of(points, size):
    """Cost by `size`, for each choice of the rest for which that varies."""
    curves = {}
    for name, values, cost in points:
        rest = ", ".join(f"{value} {key}" for key, value in values.items() if key != size)
        curves.setdefault(f"{name}: {rest}", {})[values[size]] = cost
    return {label: dict(sorted(curve.items())) for label, curve in curves.items() if len(curve) > 2}


def main():
    folder, out = sys.argv[1:]
    programs = dict.fromkeys(program for program, *_ in PANELS)
    points = {program: measured(f"{folder}/bench_{program}") for program in programs}
    figure, axes = plt.subplots(3, 2, figsize=(10, 10), constrained_layout=True)
    for panel, (program, size, label, unit) in zip(axes.flat, PANELS):
        for curve_label, curve in curves_of(points[program], size).items():
            panel.plot(list(curve), list(curve.values()), marker="o", label=curve_label)
        panel.set(xscale="log", xlabel=label, ylabel=unit, title=f"{program} by {label}")
        panel.set_ylim(bottom=0)
        panel.legend(fontsize=7)
    figure.savefig(out, dpi=100)


main()
