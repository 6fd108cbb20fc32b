"""Simulation of transplanted neural stem cells in a voxel brain: configure, run, look, couple.

    import neurograft as ng

    config = ng.Config.from_file("configs/phantom_small.toml").set("graft.cells", 20000)
    simulation = ng.build(config, threads=2)
    series = simulation.record(every_d=1.0)
    simulation.run_until(10.0)
    print(series["donor_alive"], simulation.tissue["debris"].max())

`ng.run(config, "out.h5")` makes a whole results file, as the command does. Results are those of the
command, to the last bit. Not for clinical decisions about any patient.
"""


def _require_processor():
    # Those of core/processor.cpp. Without abm (lzcnt) numbers would be wrong, not only instructions missing.
    needed = {"abm", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "popcnt"}
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
            flags = next((line.split(":", 1)[1].split() for line in info if line.startswith("flags")), None)
    except OSError:
        return
    missing = sorted(needed.difference(flags)) if flags is not None else []
    if missing:
        raise ImportError(f"this processor lacks {', '.join(missing)} (neurograft needs x86-64-v3: "
                          "Intel Haswell, AMD Zen, or later)")


_require_processor()

from collections.abc import Mapping as _Mapping  # noqa: E402

from ._core import *  # noqa: E402,F403
from ._core import Agents, Arrays, Series, __version__  # noqa: E402

for _type in (Agents, Arrays, Series):
    _Mapping.register(_type)
    _type.get, _type.items, _type.values = _Mapping.get, _Mapping.items, _Mapping.values
