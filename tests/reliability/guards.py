"""guards.py NEUROGRAFT

A state that no run has, brought into a checkpoint as if by a fault of memory, ends the run that goes on from it:
exit code 3, with process, field, step and, where there is one, the voxel by its number and place. What had been
published, and the checkpoint, are left as they were, and the checkpoint before the fault goes on to the results of
the unbroken run.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import zlib

import h5py

SEAL = b"NGSEAL01"
VOXEL = 555  # of 10 x 10 x 10: (5, 5, 5)
CONFIG = """
[simulation]
start_d = -1
duration_d = 3
[brain]
source = "patch"
patch_voxel_um = 100
patch_size_mm = [1, 1, 1]
[graft]
route = "parenchymal"
radius_mm = 0.3
cells = 1000
"""


def tamper(checkpoint, group, name, index, value):
    """Sets one value of an array, and seals the file anew."""
    sealed = checkpoint.read_bytes()
    assert sealed[-12:-4] == SEAL
    checkpoint.write_bytes(sealed[:-12])
    with h5py.File(checkpoint, "r+") as file:
        number = list(file["names"][group].asstr()).index(name)
        file[group][str(number)][index] = value
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content + SEAL + zlib.crc32(content).to_bytes(4, "little"))


def main():
    neurograft = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        config, output, whole = folder / "trial.toml", folder / "out.h5", folder / "whole.h5"
        checkpoint, kept = folder / "out.h5.ckpt", folder / "kept.ckpt"
        config.write_text(CONFIG)
        run = lambda *more: subprocess.run([neurograft, "run", str(config), "--progress", "none", *map(str, more)],
                                           capture_output=True, text=True)
        assert run("-o", whole).returncode == 0
        assert run("-o", output, "--until", 1).returncode == 0
        shutil.copy(checkpoint, kept)
        published = output.read_bytes()
        for group, array, index, expected in [
                ("tissue", "opc", VOXEL, f"tissue: opc at voxel {VOXEL} (5, 5, 5), step 48: "),
                ("compartments", "priming_cd8", 0, "periphery: T cells being primed, step 48: "),
                ("compartments", "response_gain", 0, "periphery: response_gain, step 48: ")]:
            shutil.copy(kept, checkpoint)
            tamper(checkpoint, group, array, index, 1e308)
            tampered = checkpoint.read_bytes()
            ended = run("-o", output, "--resume")
            said = ended.stderr
            assert ended.returncode == 3, f"{array}: exit code {ended.returncode}: {said}"
            assert expected in said, f"{array}: {said}"
            assert output.read_bytes() == published, f"{array}: the results have changed"
            assert checkpoint.read_bytes() == tampered, f"{array}: the checkpoint has changed"
            print(f"{array}: {said.strip()}")
        shutil.copy(kept, checkpoint)
        assert run("-o", output, "--resume").returncode == 0
        compared = subprocess.run([neurograft, "compare", str(whole), str(output)], capture_output=True, text=True)
        assert compared.returncode == 0, compared.stdout


main()
