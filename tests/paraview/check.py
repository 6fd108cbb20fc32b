"""check.py RUN.h5 FOUND.json: what ParaView found, against the results file."""

import json
import sys

import h5py
import numpy

file = h5py.File(sys.argv[1])
found = json.load(open(sys.argv[2]))

shape = file["fields/label"].shape
extent = numpy.array(shape[::-1]) * file["fields"].attrs["spacing"]
assert [frame["day"] for frame in found["fields"]] == list(file["fields/frame"])
for n, frame in enumerate(found["fields"]):
    assert frame["cells"] == numpy.prod(shape)
    assert numpy.allclose(frame["bounds"], numpy.stack([[0, 0, 0], extent], axis=1).ravel())
    for name, total in frame["sums"].items():
        recorded = file["fields"][name]
        values = (recorded[n] if recorded.ndim == 4 else recorded[:]).astype(float)
        assert numpy.isclose(total, numpy.nansum(values), rtol=1e-9), name
    assert len(frame["sums"]) == 5, frame["sums"].keys()

assert [frame["day"] for frame in found["agents"]] == list(file["agents/frame"])
for n, frame in enumerate(found["agents"]):
    rows = slice(file["agents/offset"][n], file["agents/offset"][n] + file["agents/count"][n])
    assert frame["points"] == frame["cells"] == file["agents/count"][n]
    for axis, name in enumerate("xyz"):
        places = file["agents"][name][rows]
        assert numpy.allclose(frame["bounds"][2 * axis:2 * axis + 2], [places.min(), places.max()])
    for name, total in frame["sums"].items():
        assert numpy.isclose(total, file["agents"][name][rows].astype(float).sum(), rtol=1e-6), name
    assert {"id", "kind", "state", "clone", "divisions"} <= set(frame["sums"])
print(f"{len(found['fields'])} frames of fields and {len(found['agents'])} of agents, as in the file")
