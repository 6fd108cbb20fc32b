// Building the document, and numbers as text.

/** An element: tag, attributes (`on...` are listeners), children (nodes or texts, in lists or not). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** A number for reading: whole numbers in full, others to `digits`. */
export function shown(x, digits = 4) {
  if (x === null || x === undefined || Number.isNaN(x)) return "-";
  if (Math.abs(x) < 1e-30) return "0"; // what is left of something that decays
  if (Number.isInteger(x) && Math.abs(x) < 1e15) return x.toLocaleString("en");
  if (x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e9)) return x.toExponential(digits - 1);
  return x.toLocaleString("en", { maximumSignificantDigits: digits });
}

/** A number along an axis: short. */
export function tick(x) {
  if (x === null || x === undefined) return "";
  if (x !== 0 && Math.abs(x) < 1e-3) return x.toExponential(0);
  return x.toLocaleString("en", Math.abs(x) >= 1e4 ? { notation: "compact", maximumSignificantDigits: 3 } : { maximumSignificantDigits: 4 });
}

/** "[cell]"; nothing for a pure number. */
export const inUnit = (unit) => (unit && unit !== "1" ? ` [${unit}]` : "");

/** "donor_alive" as words. */
export const words = (name) => name.replaceAll("_", " ");

/** A table with a header; columns whose cells are all numbers are set right. */
export function table(header, rows, caption) {
  const isNumber = (text) => text !== "" && !Number.isNaN(Number(String(text).replaceAll(",", "")));
  const numeric = header.map((_, n) => rows.length > 0 && rows.every((row) => row[n] === "" || isNumber(row[n])));
  const cell = (value, n) =>
    make("td", numeric[n] ? { class: "number" } : {}, value instanceof Node ? value : String(value));
  return make(
    "div",
    { class: "table", tabindex: "0", role: "region", "aria-label": caption },
    make(
      "table",
      { class: "data" },
      make("thead", {}, make("tr", {}, header.map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, rows.map((row) => make("tr", {}, row.map(cell)))),
    ),
  );
}

/** A section of the page with its heading. */
export function section(id, title, ...children) {
  return make("section", { id, "aria-labelledby": `${id}-title` }, make("h2", { id: `${id}-title` }, title), children);
}

/** Colours that can be told apart, on light and on dark. */
export function colours() {
  const dark = document.documentElement.dataset.theme === "dark";
  return dark
    ? ["#7db1ff", "#ffb454", "#6ddfa6", "#ff8f8f", "#c9a5ff", "#5fd3e8", "#e6d45c", "#f79ad3", "#a9b8c9", "#b6e36b"]
    : ["#1f5fbf", "#c25e00", "#138a5e", "#c03434", "#7a4cc2", "#0b7f96", "#8c7400", "#b8398c", "#5b6675", "#5a7d12"];
}

export const themeColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
