// A study's folder: its tables, and the pictures that follow from them.
import uPlot from "uplot";
import { colours, make, shown, table, themeColour, tick, words } from "./elements.js";

/** A CSV text (RFC 4180) as rows of texts. */
export function parseCsv(text) {
  const rows = [[]];
  let field = "", quoted = false;
  for (let n = 0; n < text.length; ++n) {
    const c = text[n];
    if (quoted) {
      if (c === '"' && text[n + 1] === '"') (field += '"'), ++n;
      else if (c === '"') quoted = false;
      else field += c;
    } else if (c === '"') quoted = true;
    else if (c === "," || c === "\n") {
      rows.at(-1).push(field.replace(/\r$/, ""));
      field = "";
      if (c === "\n") rows.push([]);
    } else field += c;
  }
  if (field || rows.at(-1).length) rows.at(-1).push(field);
  return rows.filter((row) => row.length && row.some((cell) => cell !== ""));
}

const records = (text) => {
  const [header, ...rows] = parseCsv(text);
  return rows.map((row) => Object.fromEntries(header.map((name, n) => [name, row[n]])));
};
const number = (text) => (text === "" || text === undefined ? null : Number(text));
const pretty = (text) => (text !== "" && !Number.isNaN(Number(text)) ? shown(Number(text), 5) : text);

const TITLES = {
  arms: "Arms", effects: "Arms against the control", power: "Power", dose_effect: "Effect of dose", points: "Points of the study",
  comparisons: "Points against the first", sensitivity: "Sensitivity", posterior_summary: "What fits", fit: "Targets of the fit",
  posterior: "Kept particles", validation: "Validation", runs: "Runs", design: "Design",
};

const KINDS = { sweep: "A sweep", trial: "A virtual trial", sensitivity: "A sensitivity analysis", calibrate: "A calibration", validate: "A validation" };

/** What a study is, in one sentence. */
export function studySentence(study) {
  const of = (key) => new RegExp(`^${key} = (.*)$`, "m").exec(study.plan ?? "")?.[1] ?? "";
  const texts = (list) => [...list.matchAll(/"([^"]*)"/g)].map(([, text]) => text);
  const base = texts(of("base"))[0]?.split("/").at(-1);
  const columns = texts(of("columns"));
  const count = study.tables.runs ? parseCsv(study.tables.runs).length - 1 : Object.keys(study.runs).length;
  const what = KINDS[texts(of("command"))[0]] ?? "A study";
  return `${what}: ${shown(count)} runs${base ? ` of ${base}` : ""}${columns.length ? `, which differ in ${columns.slice(0, 8).join(", ")}${columns.length > 8 ? ` and ${columns.length - 8} more` : ""}` : ""}.`;
}

/** Bars about zero with whiskers: label, value, low, high. */
function bars(rows) {
  const values = rows.flatMap(({ value, low, high }) => [value, low, high]).filter((x) => x !== null);
  const least = Math.min(0, ...values), most = Math.max(0, ...values);
  const span = most - least || 1;
  const at = (x) => (100 * (x - least)) / span;
  return make("div", { class: "bars" }, rows.flatMap(({ label, value, low, high }) => [
    make("span", {}, label),
    make("span", { class: "track", "aria-hidden": "true" },
      make("i", { style: `left:${at(Math.min(0, value))}%;width:${Math.abs(at(value) - at(0))}%` }),
      low !== null && high !== null ? make("em", { style: `left:${at(low)}%;width:${at(high) - at(low)}%` }) : null),
    make("span", {}, `${shown(value, 3)}${low !== null && high !== null ? ` (${shown(low, 3)} to ${shown(high, 3)})` : ""}`),
  ]));
}

function chosen(names, label, draw) {
  const body = make("div");
  const select = make("select", { "aria-label": label, onchange: () => body.replaceChildren(draw(select.value)) },
    names.map((name) => make("option", { value: name }, words(name))));
  if (names.length) body.replaceChildren(draw(names[0]));
  return make("div", { class: "panel" }, make("div", { class: "bar" }, make("h3", {}, label), select), body);
}

function armPictures(tables) {
  const rows = records(tables.arms);
  const names = [...new Set(rows.map((row) => row.readout))].filter((name) => rows.some((row) => row.readout === name && number(row.mean) !== 0));
  return chosen(names, "Mean of each arm, 95 % interval", (name) =>
    bars(rows.filter((row) => row.readout === name).map((row) => ({ label: row.arm, value: number(row.mean) ?? 0, low: number(row.low), high: number(row.high) }))));
}

function effectPictures(tables) {
  const rows = records(tables.effects);
  const names = [...new Set(rows.map((row) => row.readout))].filter((name) => rows.some((row) => row.readout === name && number(row.difference)));
  return chosen(names, `Difference to the control, ${rows[0].control}, within patients`, (name) =>
    bars(rows.filter((row) => row.readout === name).map((row) => ({ label: row.arm, value: number(row.difference) ?? 0, low: number(row.low), high: number(row.high) }))));
}

function sensitivityPictures(tables) {
  const rows = records(tables.sensitivity);
  const measures = "mu_star" in rows[0]
    ? { mu_star: "Mean of the sizes of elementary effects (Morris)", sigma: "Their standard deviation: how far the effect hangs on the other inputs" }
    : { total: "Total Sobol' index: with all that an input does together with others", first: "First-order Sobol' index: alone" };
  const names = [...new Set(rows.map((row) => row.readout))];
  return chosen(names, "Inputs by what they do, with the 95 % interval where there is one", (name) => {
    const [order] = Object.keys(measures);
    const sorted = rows.filter((row) => row.readout === name).sort((a, b) => number(b[order]) - number(a[order]));
    return make("div", {}, Object.entries(measures).map(([measure, title]) => [
      make("p", { class: "quiet" }, title),
      bars(sorted.map((row) => ({ label: row.input, value: number(row[measure]) ?? 0, low: number(row[`${measure}_low`]), high: number(row[`${measure}_high`]) }))),
    ]));
  });
}

/** Response of a readout to one axis, a line for each combination of the others, with intervals. */
function responses(tables) {
  const rows = records(tables.points);
  const header = Object.keys(rows[0]);
  const readouts = header.filter((name) => name.endsWith("_mean")).map((name) => name.slice(0, -5));
  const axes = header.slice(1, header.indexOf("runs")).filter((name) => name.includes("."));
  const numeric = axes.filter((name) => new Set(rows.map((row) => row[name])).size > 1 && rows.every((row) => !Number.isNaN(Number(row[name]))));
  if (numeric.length === 0 || readouts.length === 0) return null;
  const state = { readout: readouts[0], axis: numeric[0] };
  const live = make("p", { class: "hidden", "aria-live": "polite" });
  const plot = make("div", { class: "plot", tabindex: "0", role: "group", "aria-label": "Response: arrow keys move along the axis" });
  let u = null;
  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const xs = u.data[0];
    const at = Math.min(xs.length - 1, Math.max(0, (u.cursor.idx ?? (step > 0 ? -1 : xs.length)) + step));
    u.setCursor({ left: u.valToPos(xs[at], "x"), top: u.bbox.height / devicePixelRatio / 2 });
    live.textContent = `${state.axis} ${shown(xs[at])}: ${u.series.flatMap((one, n) => (n > 0 ? [`${one.label} ${shown(u.data[n][at], 5)}`] : [])).join("; ")}`;
  });
  const title = make("h3", {}, "Response");
  const draw = () => {
    if (u) u.destroy();
    const others = axes.filter((name) => name !== state.axis);
    const groups = new Map();
    for (const row of rows) {
      const key = others.map((name) => `${name.split(".").at(-1)} ${pretty(row[name])}`).join(", ");
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(row);
    }
    const palette = colours();
    const few = groups.size <= 8;
    const tables = [...groups.values()].map((group) => {
      const sorted = [...group].sort((a, b) => Number(a[state.axis]) - Number(b[state.axis]));
      const get = (suffix) => sorted.map((row) => number(row[`${state.readout}_${suffix}`]));
      return [sorted.map((row) => Number(row[state.axis])), get("mean"), get("low"), get("high")];
    });
    const joined = few ? uPlot.join(tables) : [...rows].sort((a, b) => Number(a[state.axis]) - Number(b[state.axis])).reduce((all, row) => (all[0].push(Number(row[state.axis])), all[1].push(number(row[`${state.readout}_mean`])), all), [[], []]);
    title.textContent = few ? "Response, with the 95 % interval of the mean" : "Response, the mean of each point";
    const axis = { stroke: themeColour("--quiet"), grid: { stroke: themeColour("--grid"), width: 1 }, ticks: { stroke: themeColour("--grid") } };
    const line = (label, n) => [
      { label: label || words(state.readout), stroke: palette[n % palette.length], width: 2, spanGaps: true, points: { show: true, size: 6 }, value: (_, x) => shown(x, 5) },
      ...["low", "high"].map((end) => ({ label: `${label || words(state.readout)}, ${end}`, stroke: palette[n % palette.length], width: 1, dash: [3, 3], spanGaps: true, points: { show: false }, value: (_, x) => shown(x, 5) })),
    ];
    u = new uPlot({
      width: Math.max(280, plot.clientWidth || 700), height: 320,
      scales: { x: { time: false } },
      axes: [{ ...axis, label: state.axis, values: (_, ticks) => ticks.map(tick) }, { ...axis, size: 74, values: (_, ticks) => ticks.map(tick) }],
      series: [{ label: state.axis, value: (_, x) => shown(x, 4) }, ...(few ? [...groups.keys()].flatMap(line) : [{ label: words(state.readout), stroke: palette[0], paths: () => null, points: { show: true, size: 6 }, value: (_, x) => shown(x, 5) }])],
    }, joined, plot);
  };
  const select = (label, names, key) => make("select", { "aria-label": label, onchange: (event) => ((state[key] = event.target.value), draw()) }, names.map((name) => make("option", { value: name }, words(name))));
  return { element: make("div", { class: "panel" }, make("div", { class: "bar" }, title, make("div", { class: "tools" }, select("Readout", readouts, "readout"), select("Axis", numeric, "axis"))), live, plot), draw };
}

export function studySections(study) {
  const { tables } = study;
  const sections = [];
  const draws = [];
  const add = (name, ...content) => sections.push({ id: `table-${name}`, title: TITLES[name] ?? words(name), content });
  const asTable = (name) => {
    const [header, ...rows] = parseCsv(tables[name]);
    const most = 500;
    const cut = rows.length > most ? make("p", { class: "quiet" }, `The first ${most} of ${rows.length} rows; all are in ${name}.csv.`) : null;
    const link = (id) => (study.runs[id] ? make("a", { href: study.runs[id].split("/").map(encodeURIComponent).join("/") }, id.slice(0, 8)) : id);
    return [cut, table(header, rows.slice(0, most).map((row) => row.map((cell, n) => (header[n] === "run" ? link(cell) : header[n] === "seed" ? cell : pretty(cell)))), TITLES[name] ?? name)];
  };
  const folded = (name) => make("details", {}, make("summary", {}, `${name}.csv`), asTable(name));
  for (const name of Object.keys(tables)) {
    if (parseCsv(tables[name]).length < 2) continue; // nothing but a header
    if (name === "arms") add(name, armPictures(tables), folded(name));
    else if (name === "effects") add(name, effectPictures(tables), folded(name));
    else if (name === "sensitivity") add(name, sensitivityPictures(tables), folded(name));
    else if (name === "points") {
      const response = responses(tables);
      if (response) draws.push(response.draw);
      add(name, response?.element ?? make("p", { class: "quiet" }, "No axis of numbers to draw over."), folded(name));
    } else if (name === "runs") add(name, make("details", { open: true }, make("summary", {}, `${parseCsv(tables.runs).length - 1} runs; a link leads to the results file`), asTable(name)));
    else if (name !== "series") add(name, asTable(name));
  }
  if (study.plan) sections.push({ id: "plan", title: "The study", content: [make("pre", { tabindex: "0" }, study.plan)] });
  return { sections, start: () => draws.forEach((draw) => draw()), redraw: () => draws.forEach((draw) => draw()) };
}
