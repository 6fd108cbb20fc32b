#!/usr/bin/python3
"""Reads an output file with tools that know nothing of it; exit 0 if all of them understand it.

usage: read_with_stock_tools.py FILE

ncdump, h5dump, h5py and xarray (engines h5netcdf and netcdf4) must open the groups without options,
see the same names, dimensions and units, and the same values to the last bit.
"""

import subprocess
import sys

import h5py
import numpy
import xarray

GROUPS = ("series", "fields", "agents", "events")
SCALED = ("series", "fields", "agents")
ROOT_ATTRIBUTES = ("Conventions", "title", "source", "history", "complete", "results_version")
problems = []


def expect(condition, what):
    if not condition:
        problems.append(what)


def is_scale(dataset):
    return dataset.attrs.get("CLASS") == b"DIMENSION_SCALE"


def is_bare_dimension(dataset):
    return is_scale(dataset) and bytes(dataset.attrs["NAME"]).startswith(b"This is a netCDF dim")


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
    expect(done.stderr == "", f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def check_dumps(path):
    header = run("ncdump", "-h", path)
    run("ncdump", "-v", "/series/time", path)
    structure = run("h5dump", "-H", path)
    for group in GROUPS:
        expect(f"group: {group} {{" in header, f"ncdump does not show {group}")
        expect(f'GROUP "{group}"' in structure, f"h5dump does not show {group}")


def check_scales(file):
    """Every axis has one scale, as long as the axis; every dataset has a unit and a name."""
    for name in ROOT_ATTRIBUTES:
        expect(name in file.attrs, f"no root attribute {name}")
    for group in SCALED:
        for name, dataset in file[group].items():
            where = f"/{group}/{name}"
            if is_scale(dataset):
                expect(len(dataset.attrs.get("REFERENCE_LIST", [])) > 0, f"{where}: scale of nothing")
                continue
            for axis, dimension in enumerate(dataset.dims):
                scales = dimension.values()
                expect(len(scales) == 1, f"{where}: axis {axis} has {len(scales)} scales")
                for scale in scales:
                    expect(scale.parent == file[group], f"{where}: axis {axis} scaled from elsewhere")
                    expect(
                        len(scale) == dataset.shape[axis],
                        f"{where}: axis {axis} is {dataset.shape[axis]} long, its scale {len(scale)}",
                    )
            expect("units" in dataset.attrs, f"{where}: no units")
            expect("long_name" in dataset.attrs, f"{where}: no long_name")


def check_order(file):
    time = file["series/time"][:]
    expect(text(file["series/time"].attrs["units"]) == "d", "time is not in d")
    expect(numpy.all(numpy.diff(time) > 0), "time does not increase")
    if "agents" in file:
        agents = file["agents"]
        offset, count, ids = agents["offset"][:], agents["count"][:], agents["id"][:]
        expect(count.sum() == len(ids), "agents: counts do not add up")
        for first, rows in zip(offset, count):
            part = ids[first : first + rows].astype("int64")
            expect(numpy.all(numpy.diff(part) > 0), f"agents: ids out of order from row {first}")


def expected_dimensions(file, group, name):
    dataset = file[group][name]
    if is_scale(dataset):
        return (name,)
    return tuple(dimension[0].name.rsplit("/", 1)[1] for dimension in dataset.dims)


def same(ours, theirs):
    if ours.dtype == object:
        return [text(v) for v in ours.ravel()] == [text(v) for v in theirs.ravel()]
    return ours.dtype == theirs.dtype and ours.tobytes() == theirs.tobytes()


def check_xarray(path, file, group, engine):
    with xarray.open_dataset(path, group=group, engine=engine) as data:
        for name, dataset in file[group].items():
            where = f"{engine}: /{group}/{name}"
            if is_bare_dimension(dataset):
                expect(data.sizes.get(name, len(dataset)) == len(dataset), f"{where}: length")
                continue
            if name not in data.variables:
                problems.append(f"{where}: not seen")
                continue
            seen = data[name]
            expect(seen.dims == expected_dimensions(file, group, name), f"{where}: {seen.dims}")
            if "units" in dataset.attrs:
                units = seen.attrs.get("units", seen.encoding.get("units"))
                expect(units == text(dataset.attrs["units"]), f"{where}: units {units}")
            values = dataset[()] if dataset.size else numpy.empty(dataset.shape, dataset.dtype)
            expect(seen.shape == values.shape, f"{where}: shape {seen.shape}")
            expect(same(values, numpy.asarray(seen.values)), f"{where}: other values")


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    path = sys.argv[1]
    check_dumps(path)
    with h5py.File(path, "r") as file:
        check_scales(file)
        check_order(file)
        groups = [group for group in GROUPS if group in file]
        for group in groups:
            for engine in ("h5netcdf", "netcdf4"):
                try:
                    check_xarray(path, file, group, engine)
                except Exception as error:  # whatever a reader throws is a finding
                    problems.append(f"{engine}: /{group}: {type(error).__name__}: {error}")
        print(f"{path}: {len(groups)} groups, {sum(len(file[g]) for g in groups)} datasets")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
