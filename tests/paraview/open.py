"""For pvpython: open.py FOLDER: what ParaView finds in fields.pvd and agents.pvd, as JSON on stdout."""

import json
import sys
from pathlib import Path

from paraview.simple import PVDReader
from vtkmodules.util.numpy_support import vtk_to_numpy
from paraview import servermanager

found = {}
for name in ("fields", "agents"):
    reader = PVDReader(FileName=str(Path(sys.argv[1]) / f"{name}.pvd"))
    frames = []
    for day in reader.TimestepValues:
        reader.UpdatePipeline(day)
        data = servermanager.Fetch(reader)
        arrays = data.GetCellData() if name == "fields" else data.GetPointData()
        sums = {}
        for n in range(arrays.GetNumberOfArrays()):
            values = vtk_to_numpy(arrays.GetArray(n)).astype(float)
            sums[arrays.GetArrayName(n)] = float(values[values == values].sum())
        frames.append({"day": day, "cells": data.GetNumberOfCells(), "points": data.GetNumberOfPoints(),
                       "bounds": data.GetBounds(), "sums": sums})
    found[name] = frames
print(json.dumps(found))
