// Puts the page together.
import { answerSection, headOf } from "./answer.js";
import { brainSection } from "./brain.js";
import { charts } from "./charts.js";
import { columnsOf, data } from "./data.js";
import { depthSection } from "./depth.js";
import { make, section } from "./elements.js";
import { parameters, provenance } from "./parameters.js";
import { studySections } from "./study.js";

const preferred = matchMedia("(prefers-color-scheme: dark)");
const setTheme = (theme) => { document.documentElement.dataset.theme = theme; };
const remembered = (theme) => { // where the browser lets a page from disk remember something
  try {
    if (theme) localStorage.setItem("neurograft-theme", theme);
    return localStorage.getItem("neurograft-theme");
  } catch { return null; }
};
setTheme(remembered() ?? (preferred.matches ? "dark" : "light"));

const runs = data.runs;
if (runs.length > 1) {
  const twice = new Set(runs.map((run) => run.file)).size < runs.length;
  runs.forEach((run, n) => (run.file = `${String.fromCharCode(65 + n)} ${twice ? `${run.folder}/${run.file}` : run.file}`));
}
const columns = runs.map(columnsOf);
const parts = [];
const drawings = [];

if (data.study) {
  const study = studySections(data.study);
  parts.push(...study.sections);
  drawings.push(study);
}
if (runs.length) {
  const curves = charts(runs, columns);
  const brain = brainSection(runs);
  const depth = depthSection(runs);
  drawings.push(curves, brain);
  parts.push(
    { id: "answer", title: "What came out", content: answerSection(runs, columns) },
    { id: "curves", title: "Over time", content: curves.element },
    { id: "brain", title: "In the brain", content: brain.element },
    depth ? { id: "depth", title: "How deep", content: depth } : null,
    { id: "parameters", title: "Parameters", content: parameters(runs) },
    { id: "provenance", title: "Where it came from", content: provenance(runs) },
  );
}

const themeButton = make("button", { type: "button", onclick: () => {
  setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  remembered(document.documentElement.dataset.theme);
  drawings.forEach((drawing) => drawing.redraw?.());
} }, "light / dark");
const sections = parts.filter(Boolean);
document.getElementById("head").replaceChildren(...headOf(runs, columns, themeButton));
document.getElementById("contents").replaceChildren(
  make("ul", {}, sections.map(({ id, title }) => make("li", {}, make("a", { href: `#${id}` }, title)))));
document.getElementById("content").replaceChildren(...sections.map(({ id, title, content }) => section(id, title, content)));
for (const drawing of drawings) drawing.start();
document.documentElement.dataset.ready = "true";
