"""Draws the picture of the README from a results file: python3 first_result.py RUN.h5 OUT.png"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

run, out = sys.argv[1:]
series = xr.open_dataset(run, group="series")
fields = xr.open_dataset(run, group="fields")
agents = xr.open_dataset(run, group="agents")

figure, axes = plt.subplots(2, 3, figsize=(15, 8), constrained_layout=True)

panel = axes[0, 0]
panel.plot(series.time, series.donor_alive, color="black", label="all")
for state in ("suspended", "attached", "active", "quiescent", "oligodendrocyte", "astrocyte"):
    panel.plot(series.time, series.donor_alive_by_state.sel(state=state), label=state)
panel.set(title="Donor cells alive", ylabel="cells", yscale="log", ylim=(10, 1e9))
panel.legend(fontsize=8, loc="upper center", ncol=3)

panel = axes[0, 1]
for cause in series.cause.values:
    deaths = series.donor_deaths_by_cause.sel(cause=cause)
    if deaths[-1] > 0:
        panel.plot(series.time, deaths, label=cause)
panel.set(title="Deaths of donor cells by cause, cumulative", yscale="log", ylim=(10, 1e9))
panel.legend(fontsize=8, loc="upper center", ncol=3)

panel = axes[0, 2]
panel.plot(series.time, series.drug_concentration.sel(drug="tacrolimus"), label="tacrolimus, before a dose")
panel.set(title="Drug level and T cells in brain", ylabel="ng/mL",
          ylim=(0, 1.25 * float(series.drug_concentration.sel(drug="tacrolimus").max())))
panel.legend(fontsize=8, loc="upper right")
other = panel.twinx()
other.plot(series.time, series.t_cells, color="tab:red", label="T cells")
other.set_ylabel("cells", color="tab:red")
other.set_ylim(0, 1.25 * float(series.t_cells.max()))

panel = axes[1, 0]
for tissue in series.pbvc.dims[1:]:
    for name in series[tissue].values:
        panel.plot(series.time, series.pbvc.sel({tissue: name}), label=name)
panel.set(title="Brain volume since day 0 (PBVC)", xlabel="day", ylabel="%")
panel.legend(fontsize=8)

panel = axes[1, 1]
panel.plot(series.time, series.t2_lesion_volume, color="tab:purple")
panel.set(title="T2-like lesion volume", xlabel="day", ylabel="mL",
          ylim=(0, 1.2 * float(series.t2_lesion_volume.max())))

panel = axes[1, 2]
label = fields["label"].values
frame = len(agents.offset) - 1
first, count = int(agents.offset[frame]), int(agents["count"][frame])
rows = slice(first, first + count)
donor = agents.kind.values[rows] == 0
z = agents.z.values[rows][donor]
plane = int(np.median(z) / float(fields.z[1] - fields.z[0]))
panel.imshow(label[plane], origin="lower", cmap="gray",
             extent=(0, 2 * float(fields.x.mean()), 0, 2 * float(fields.y.mean())))
near = np.abs(z - float(fields.z[plane])) < 4
panel.scatter(agents.x.values[rows][donor][near], agents.y.values[rows][donor][near], s=0.3,
              color="tab:orange")
panel.set(title=f"Donor cells within 4 mm of a plane, day {float(agents.frame[frame]):.0f}",
          xlabel="mm", ylabel="mm")

figure.savefig(out, dpi=110)
