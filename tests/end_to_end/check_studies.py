"""The tables of a trial, a screening and a calibration say what must be true of them."""

import csv


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


arms = {(row["arm"], row["readout"]): row for row in rows("trial/arms.csv")}
assert len(arms) == 6
for arm, cells in (("low", 2000), ("middle", 4000), ("high", 8000)):
    injected = arms[arm, "donor_injected"]
    assert float(injected["mean"]) == cells and float(injected["sd"]) == 0
    alive = arms[arm, "donor_alive"]
    assert float(alive["low"]) < float(alive["mean"]) < float(alive["high"])
    assert int(alive["patients"]) == 8

# The same patients in every arm: within a patient the dose shows at once.
effect = [row for row in rows("trial/effects.csv")
          if row["arm"] == "high" and row["readout"] == "donor_alive"][0]
assert float(effect["low"]) > 0 and int(effect["pairs"]) == 8

power = {(row["arm"], row["readout"], int(row["patients_per_arm"])): float(row["power"])
         for row in rows("trial/power.csv")}
assert power["high", "donor_injected", 3] == 1
assert power["high", "donor_alive", 3] <= power["high", "donor_alive", 10]
dose = {(row["effect"], row["readout"]): row for row in rows("trial/dose_effect.csv")}
assert float(dose["as simulated", "donor_injected"]["significant_slope"]) == 1
assert float(dose["as simulated", "donor_injected"]["monotone_means"]) == 1
assert float(dose["none", "donor_alive"]["significant_slope"]) < 0.2
assert "any" in {readout for _, readout in dose}

screening = {row["input"]: row for row in rows("screening/sensitivity.csv")}
strong = screening["lifecycle.early_death_per_d"]
weak = screening["host.degeneration_percent_per_y"]
assert float(strong["mu"]) < 0
assert float(strong["mu_star_low"]) > 20 * float(weak["mu_star"])

posterior = rows("calibration/posterior.csv")
assert len(posterior) == 12
assert abs(sum(float(row["weight"]) for row in posterior) - 1) < 1e-9
fit = rows("calibration/fit.csv")[0]
assert abs(float(fit["simulated"]) - 0.20) < 0.05 and fit["reached"] == "true"
summary = rows("calibration/posterior_summary.csv")[0]
prior_width = float(summary["prior_q97.5"]) - float(summary["prior_q2.5"])
assert float(summary["q97.5"]) - float(summary["q2.5"]) < 0.5 * prior_width
