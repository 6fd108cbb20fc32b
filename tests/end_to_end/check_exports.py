"""check_exports.py RUN.h5 BRAIN.nii.gz TABLES IMAGES VTK: exports against the results file."""

import base64
import csv
import struct
import sys
import xml.etree.ElementTree as tree
import zlib
from pathlib import Path

import h5py
import nibabel
import numpy

run, brain, tables, images, vtk = sys.argv[1:]
file = h5py.File(run)


def check_tables():
    days = file["series/time"][:]
    curves = {}
    for row in csv.DictReader(open(Path(tables) / "series.csv")):
        curves.setdefault((row["readout"], row["part"]), []).append(
            float(row["value"]) if row["value"] else numpy.nan)
    assert numpy.array_equal(curves["donor_alive", ""], file["series/donor_alive"][:])
    causes = file["series/cause"].asstr()[:]
    for n, cause in enumerate(causes):
        assert numpy.array_equal(curves["donor_deaths_by_cause", cause],
                                 file["series/donor_deaths_by_cause"][:, n])
    assert all(len(values) == len(days) for values in curves.values())
    parts = sum(numpy.prod(data.shape[1:], dtype=int) for data in file["series"].values()
                if data.attrs.get("CLASS") != b"DIMENSION_SCALE")
    assert len(curves) == parts, (len(curves), parts)
    assert len(list(csv.DictReader(open(Path(tables) / "events.csv")))) == len(file["events/day"])
    agents = list(csv.DictReader(open(Path(tables) / "agents.csv")))
    assert [int(row["id"]) for row in agents] == list(file["agents/id"][:])
    assert numpy.array_equal(numpy.float32([row["x"] for row in agents]), file["agents/x"][:])
    assert {row["kind"] for row in agents} <= {"donor", "cd8", "cd4", "treg", "nk"}


def check_images():
    scan = nibabel.load(brain)
    for path in Path(images).glob("*.nii.gz"):
        image = nibabel.load(path)
        assert numpy.allclose(image.affine, scan.affine), path
        widths = nibabel.affines.voxel_sizes(image.affine)
        assert numpy.allclose(image.header.get_zooms()[:3], widths, rtol=1e-5), path
        assert image.shape[:3] == scan.shape, path
    debris = nibabel.load(Path(images) / "debris.nii.gz").get_fdata()
    recorded = numpy.nan_to_num(file["fields/debris"][:])  # frame, z, y, x
    assert numpy.array_equal(debris, recorded.transpose(3, 2, 1, 0))
    label = nibabel.load(Path(images) / "label.nii.gz").get_fdata()
    assert numpy.array_equal(label, file["fields/label"][:].transpose(2, 1, 0))
    density = nibabel.load(Path(images) / "donor_density.nii.gz").get_fdata()
    volume = numpy.prod(file["fields"].attrs["spacing"])
    for frame, (first, count) in enumerate(zip(file["agents/offset"], file["agents/count"])):
        donors = int((file["agents/kind"][first:first + count] == 0).sum())
        assert abs(density[..., frame].sum() * volume - donors) < 1e-3 * donors
    frames = list(csv.DictReader(open(Path(images) / "frames.csv")))
    assert [float(row["day"]) for row in frames if row["file"] == "debris.nii.gz"] == list(
        file["fields/frame"])


def array(element):
    """Numbers of a DataArray: header, then compressed blocks, each base64 of its own."""
    text = element.text.strip()
    blocks = struct.unpack("<Q", base64.b64decode(text[:12])[:8])[0]
    head_bytes = 8 * (3 + blocks)
    head_text = 4 * ((head_bytes + 2) // 3)
    head = struct.unpack(f"<{3 + blocks}Q", base64.b64decode(text[:head_text]))
    data = zlib.decompress(base64.b64decode(text[head_text:])) if blocks else b""
    assert len(data) == head[0] * head[1] and (not blocks or head[3] > 0)
    kind = {"Float32": "<f4", "UInt8": "u1", "UInt32": "<u4", "Int64": "<i8", "Float64": "<f8"}
    return numpy.frombuffer(data, kind[element.get("type")])


def frames_of(name):
    root = tree.parse(Path(vtk) / name).getroot()
    return [(float(one.get("timestep")), Path(vtk) / one.get("file")) for one in root.iter("DataSet")]


def check_vtk():
    frames = frames_of("fields.pvd")
    assert [day for day, _ in frames] == list(file["fields/frame"])
    for n, (_, path) in enumerate(frames):
        root = tree.parse(path).getroot()
        z, y, x = file["fields/label"].shape
        assert root.find("ImageData").get("WholeExtent") == f"0 {x} 0 {y} 0 {z}"
        found = {one.get("Name"): array(one) for one in root.iter("DataArray")}
        assert numpy.array_equal(found["debris"], file["fields/debris"][n].ravel(), equal_nan=True)
        assert numpy.array_equal(found["label"], file["fields/label"][:].ravel())
    for n, (_, path) in enumerate(frames_of("agents.pvd")):
        first, count = file["agents/offset"][n], file["agents/count"][n]
        found = {one.get("Name"): array(one) for one in tree.parse(path).getroot().iter("DataArray")}
        rows = slice(first, first + count)
        places = numpy.stack([file["agents"][axis][rows] for axis in "xyz"], axis=1)
        assert numpy.array_equal(found["place"].reshape(-1, 3), places)
        assert numpy.array_equal(found["id"], file["agents/id"][rows])
        assert numpy.array_equal(found["offsets"], numpy.arange(1, count + 1))


check_tables()
check_images()
check_vtk()
