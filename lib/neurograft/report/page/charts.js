// Linked curves over time.
import uPlot from "uplot";
import { colours, inUnit, make, shown, themeColour, tick, words } from "./elements.js";
import { courses } from "./answer.js";

/** What is drawn: readouts, whole or by part, in one unit each. `main` is what several runs share. */
const CHARTS = [
  { title: "Donor cells alive", of: ["donor_alive", "donor_alive_by_state"], main: "donor_alive", log: true },
  { title: "Donor cells by place", of: ["donor_alive_by_compartment"], main: "donor_alive_by_compartment.white", log: true },
  { title: "Donor cells lost, by cause", of: ["donor_deaths_by_cause"], main: "donor_deaths_by_cause.nk", log: true },
  { title: "Immune cells in the brain", of: ["nk_cells", "t_cells", "t_cells_by_kind"], main: "t_cells" },
  { title: "Alloreactive cells outside the brain", of: ["effectors", "memory", "regulatory_t_cells"], main: "effectors" },
  { title: "Antibody against the donor", of: ["antibody"], main: "antibody" },
  { title: "Drugs in blood", of: ["drug_concentration"], main: "drug_concentration", courses: true },
  { title: "What the drugs block", of: ["drug_effect"], main: "drug_effect.priming", courses: true },
  { title: "Axons with myelin", of: ["myelinated_fraction"], main: "myelinated_fraction.white" },
  { title: "Axons with new myelin", of: ["remyelinated_fraction"], main: "remyelinated_fraction.lesions" },
  { title: "Surviving axons", of: ["axon_fraction"], main: "axon_fraction.lesions" },
  { title: "Lesion volume, T2-like", of: ["t2_lesion_volume"], main: "t2_lesion_volume" },
  { title: "Change of brain volume (PBVC)", of: ["pbvc"], main: "pbvc.whole" },
  { title: "Microglia, of the healthy number", of: ["microglia_fold"], main: "microglia_fold.white" },
  { title: "Neurofilament light in blood", of: ["nfl"], main: "nfl" },
  { title: "Trophic factors (hypotheses)", of: ["csf_trophic", "perivascular_trophic"], main: "csf_trophic" },
];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
const drawn = new Set();
let zooming = false;

function selected(column, of) {
  return of.some((name) => column.readout === name);
}

const isFlat = (column) => column.values.every((x) => x === null || x === 0);

/** Draws vertical lines where something was done, and the courses of drugs as bars along the top, of several runs in their colours. */
function marks(runs, chart) {
  const told = new Set(); // what several runs have in common is marked once
  const times = runs.flatMap((run) => run.events.filter((event) => event.kind === "injection" || event.kind === "insult"))
    .filter(({ day, kind, what }) => !told.has(`${day} ${kind} ${what}`) && told.add(`${day} ${kind} ${what}`));
  const given = runs.flatMap((run, n) => courses(run).map((course) => ({ ...course, n })));
  return {
    hooks: {
      draw: (u) => {
        const { ctx, bbox } = u;
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
        ctx.textAlign = "left";
        ctx.textBaseline = "alphabetic";
        ctx.strokeStyle = ctx.fillStyle = themeColour("--quiet");
        ctx.setLineDash([4, 4]);
        for (const event of times) {
          const x = u.valToPos(event.day, "x", true);
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
          ctx.fillText(event.kind === "injection" ? "graft" : event.what, x + 4, bbox.top + bbox.height - 6);
        }
        if (chart.courses) {
          ctx.setLineDash([]);
          given.forEach(({ name, from, to, n }, row) => {
            const left = u.valToPos(from, "x", true);
            const right = u.valToPos(to, "x", true);
            const y = bbox.top + (8 + 13 * row) * devicePixelRatio;
            if (runs.length > 1) ctx.fillStyle = colours()[n % colours().length];
            ctx.fillRect(left, y, Math.max(3, right - left), 3 * devicePixelRatio);
            ctx.fillText(runs.length > 1 ? `${runs[n].file.slice(0, 1)} ${name}` : name, Math.max(left, right) + 5, y + 5 * devicePixelRatio);
          });
        }
        ctx.restore();
      },
    },
  };
}

/** Series of a chart: of one run all parts, of several runs one part each. */
function seriesOf(chart, runs, columns, part) {
  if (runs.length === 1) {
    return [...columns[0].values()]
      .filter((column) => selected(column, chart.of) && !isFlat(column))
      .map((column) => ({ run: 0, column, label: column.label || words(column.readout), colour: null }));
  }
  return runs
    .map((run, n) => ({ run: n, column: columns[n].get(part), label: run.file }))
    .filter((one) => one.column);
}

/** Room above the curves for the courses of drugs, in pixels; on a log scale there is none. */
function roomForCourses(runs, chart) {
  return chart.courses ? 13 * runs.flatMap(courses).length + 8 : 0;
}

function draw(plot, chart, runs, columns, series, log, width) {
  const palette = colours();
  const tables = series.map(({ run, column }) => [
    runs[run].days,
    log ? column.values.map((x) => (x > 0 ? x : null)) : column.values,
  ]);
  const joined = uPlot.join(tables);
  const above = roomForCourses(runs, chart);
  const axis = { stroke: themeColour("--quiet"), grid: { stroke: themeColour("--grid"), width: 1 }, ticks: { stroke: themeColour("--grid") } };
  // On a log scale lines at powers of ten alone.
  const powers = { filter: (_, splits) => (log ? splits.map((x) => (Number.isInteger(Math.log10(x)) ? x : null)) : splits) };
  const u = new uPlot(
    {
      width,
      height: 230,
      cursor: { sync: { key: "days", setSeries: false }, drag: { x: true, y: false } },
      scales: { x: { time: false }, y: { distr: log ? 3 : 1, ...(above && !log ? { range: (_, low, high) => [Math.min(0, low), high / (1 - Math.min(0.7, above / 170)) || 1] } : {}) } },
      axes: [
        { ...axis, label: "day", labelSize: 18, size: 34 },
        { ...axis, grid: { ...axis.grid, ...powers }, ticks: { ...axis.ticks, ...powers }, size: 56, values: (_, ticks) => ticks.map(tick) },
      ],
      series: [
        { label: "day", value: (_, x) => (x === null ? "-" : shown(x)) },
        ...series.map(({ label, column }, n) => ({
          label,
          stroke: palette[n % palette.length],
          width: 1.8,
          dash: runs.length > 1 ? DASHES[n % DASHES.length] : n < palette.length ? [] : [6, 3],
          spanGaps: true,
          points: { show: false },
          value: (_, x) => (x === null ? "-" : shown(x, 7)),
        })),
      ],
      plugins: [marks(runs, chart)],
      hooks: {
        setScale: [
          (self, key) => {
            if (key !== "x" || zooming || self.status !== 1) return;
            zooming = true;
            const { min, max } = self.scales.x;
            for (const { u: other } of drawn) if (other !== self) other.setScale("x", { min, max });
            zooming = false;
          },
        ],
      },
    },
    joined,
    plot,
  );
  legendKeys(u);
  return u;
}

/** A curve is hidden and shown by keyboard too: its name in the legend is a check box. */
function legendKeys(u) {
  u.root.querySelectorAll(".u-legend .u-series").forEach((row, n) => {
    if (n === 0) return; // the days
    const name = row.querySelector("th");
    const tell = () => name.setAttribute("aria-checked", String(u.series[n].show));
    Object.entries({ tabindex: "0", role: "checkbox" }).forEach(([key, value]) => name.setAttribute(key, value));
    tell();
    name.addEventListener("click", () => setTimeout(tell));
    name.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      u.setSeries(n, { show: !u.series[n].show });
      tell();
    });
  });
}

/** A panel with one chart, its legend with the values under the cursor, and its controls. */
function panel(chart, runs, columns, live) {
  const parts = [...new Set(columns.flatMap((all) => [...all.values()].filter((column) => selected(column, chart.of) && !isFlat(column)).map((column) => column.name)))];
  if (parts.length === 0) return null;
  const state = { log: Boolean(chart.log), part: parts.includes(chart.main) ? chart.main : parts[0] };
  const plot = make("div", {
    class: "plot",
    tabindex: "0",
    role: "group",
    "aria-label": `${chart.title}: arrow keys move along the days, plus and minus zoom, Escape shows all`,
  });
  const entry = { u: null, redraw: null };
  const unit = columns.map((all) => all.get(state.part)?.unit).find(Boolean);

  entry.redraw = () => {
    const scale = entry.u ? { ...entry.u.scales.x } : null;
    if (entry.u) entry.u.destroy();
    const series = seriesOf(chart, runs, columns, state.part);
    entry.u = draw(plot, chart, runs, columns, series, state.log, Math.max(240, plot.clientWidth || 480));
    if (scale && scale.min !== null) entry.u.setScale("x", { min: scale.min, max: scale.max });
    drawn.add(entry);
  };
  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    const { u } = entry;
    const zoom = { "+": 0.5, "=": 0.5, "-": 2 }[event.key];
    if (zoom) {
      event.preventDefault();
      const days = u.data[0];
      const { min, max } = u.scales.x;
      const middle = u.cursor.idx === null || u.cursor.idx === undefined ? (min + max) / 2 : days[u.cursor.idx];
      const half = (zoom * (max - min)) / 2;
      u.setScale("x", { min: Math.max(days[0], middle - half), max: Math.min(days.at(-1), middle + half) });
    }
    if (event.key === "Escape") for (const one of drawn) one.u.setScale("x", { min: one.u.data[0][0], max: one.u.data[0].at(-1) });
    if (!step) return;
    event.preventDefault();
    const count = u.data[0].length;
    const at = Math.min(count - 1, Math.max(0, (u.cursor.idx ?? 0) + step));
    u.setCursor({ left: u.valToPos(u.data[0][at], "x"), top: u.bbox.height / devicePixelRatio / 2 });
    const values = u.series.flatMap((s, n) => (n > 0 && s.show ? [`${s.label} ${shown(u.data[n][at], 7)}`] : []));
    live.textContent = `day ${shown(u.data[0][at])}: ${values.join("; ")}${inUnit(unit)}`;
  });

  const tools = make("div", { class: "tools" });
  if (runs.length > 1 && parts.length > 1) {
    tools.append(
      make(
        "select",
        { "aria-label": `${chart.title}: curve`, onchange: (event) => ((state.part = event.target.value), entry.redraw()) },
        parts.map((name) => make("option", { value: name, selected: name === state.part }, words(name).replace(".", ": "))),
      ),
    );
  }
  if (chart.choose) tools.append(chart.choose(entry));
  tools.append(
    make("button", { type: "button", "aria-pressed": String(state.log), onclick: (event) => {
      state.log = !state.log;
      event.currentTarget.setAttribute("aria-pressed", state.log);
      entry.redraw();
    } }, "log"),
  );
  const element = make("div", { class: "panel chart" },
    make("div", { class: "bar" }, make("h3", {}, `${chart.title}${inUnit(unit)}`), tools), plot);
  entry.element = element;
  return entry;
}

/** All charts that the runs have something for, and one whose readout can be chosen. */
export function charts(runs, columns) {
  const live = make("p", { class: "hidden", "aria-live": "polite" });
  const entries = CHARTS.map((chart) => panel(chart, runs, columns, live)).filter(Boolean);
  const readouts = [...new Set(columns.flatMap((all) => [...all.values()].filter((column) => !isFlat(column)).map((column) => column.readout)))];
  const shownAlready = new Set(CHARTS.flatMap((chart) => chart.of));
  const other = readouts.filter((name) => !shownAlready.has(name));
  for (const first of other.slice(0, 1)) {
    const holder = make("div");
    const build = (name) => {
      for (const entry of [...drawn]) if (entry.owner === holder) (entry.u.destroy(), drawn.delete(entry));
      const about = columns[0].get([...columns[0].keys()].find((key) => columns[0].get(key).readout === name))?.about ?? "";
      const entry = panel({ title: words(name), of: [name], main: name }, runs, columns, live);
      entry.owner = holder;
      const choice = make("select", { "aria-label": "Any readout", onchange: (event) => {
        build(event.target.value);
        holder.querySelector("select").focus();
      } }, other.map((one) => make("option", { value: one, selected: one === name }, words(one))));
      entry.element.querySelector(".tools").prepend(choice);
      entry.element.append(make("p", { class: "quiet" }, about));
      holder.replaceChildren(entry.element);
      if (holder.isConnected) entry.redraw();
      return entry;
    };
    entries.push(Object.assign(build(first), { element: holder }));
  }
  const grid = make("div", { class: "charts" }, entries.map((entry) => entry.element));
  const redraw = () => [...new Set([...entries, ...drawn])].forEach((entry) => entry.redraw());
  return { element: [make("p", { class: "quiet" }, "Drag to zoom in on days, double-click to see all; click a name to hide its curve. By keyboard: arrows move along the days, + and - zoom, Escape shows all, and space on a name hides its curve."), live, grid], redraw, start: () => {
    entries.forEach((entry) => entry.redraw());
    const observer = new ResizeObserver(() => {
      for (const { u } of drawn) {
        const width = u.root.parentElement?.clientWidth;
        if (width && Math.abs(width - u.width) > 4) u.setSize({ width, height: 230 });
      }
    });
    observer.observe(grid);
  } };
}
