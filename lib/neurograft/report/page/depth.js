// How deep donor cells are, day by day.
import { recordAt } from "./data.js";
import { colours, make, shown } from "./elements.js";

export function depthSection(runs) {
  const has = runs.map((run) => run.readouts.find((readout) => readout.name === "donor_alive_by_depth")).map((readout, n) => ({ readout, run: runs[n], n })).filter(({ readout }) => readout && readout.values.some((x) => x > 0));
  if (has.length === 0) return null;
  // Bands of the first; a run with other bands has a table of its own in its results file.
  const bands = (readout) => JSON.stringify(readout.axes[0].labels);
  const same = has.filter(({ readout }) => bands(readout) === bands(has[0].readout));
  const left = has.length - same.length;
  const first = Math.min(...has.map(({ run }) => run.days[0]));
  const end = Math.max(...has.map(({ run }) => run.days.at(-1)));
  const bars = make("div", { class: "bars", role: "group", "aria-label": "Donor cells by depth" });
  const text = make("output", { "aria-live": "polite" });
  const slider = make("input", { type: "range", min: first, max: end, step: "any", value: end, "aria-label": "Day of the depths", oninput: () => draw() });
  function draw() {
    const day = Number(slider.value);
    const labels = has[0].readout.axes[0].labels;
    const counts = same.map(({ readout, run }) => labels.map((_, n) => readout.values[recordAt(run.days, day) * labels.length + n]));
    const most = Math.max(1, ...counts.flat());
    const palette = colours();
    text.textContent = same.map(({ run }) => `day ${shown(run.days[recordAt(run.days, day)])}`).filter((one, n, all) => all.indexOf(one) === n).join(" / ");
    slider.setAttribute("aria-valuetext", text.textContent);
    bars.replaceChildren(...labels.flatMap((low, n) => {
      const upper = labels[n + 1];
      const band = upper ? `${low} to ${upper} mm` : `${low} mm and more`;
      return [
        make("span", {}, band),
        make("span", {}, same.map((_, k) => make("i", { style: `width:${(100 * counts[k][n]) / most}%;${same.length > 1 ? `background:${palette[k]}` : ""}` }))),
        make("span", {}, counts.map((of) => shown(of[n])).join(" / ")),
      ];
    }));
  }
  draw();
  return make("div", { class: "panel" }, make("label", {}, "Day ", slider, " ", text), bars,
    make("p", { class: "quiet" }, "Living donor cells in tissue by distance from the wall of the ventricles. A cell has the depth of its voxel, so that bands narrower than a voxel fill unevenly." +
      (same.length > 1 ? ` In this order: ${same.map(({ run }) => run.file).join(", ")}.` : "") +
      (left ? ` Runs with other bands of depth are left out: ${left}.` : "")));
}
