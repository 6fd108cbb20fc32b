// report.mjs MODULES CHROMIUM FOLDER: the report pages of FOLDER (run.html, two.html, study.html, and
// series.csv of the run) in a headless browser. With large.html there too, its time to interaction.
import { strict as assert } from "node:assert";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, executablePath, folder] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, "package.json"))("playwright-core");
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--enable-unsafe-swiftshader"], // WebGL 2 without a graphics card
});

async function open(name, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1300, height: 1000 }, ...options });
  page.faults = [];
  page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
  page.on("pageerror", (error) => page.faults.push(error.message));
  page.on("request", (request) => /^https?:/.test(request.url()) && page.faults.push(`asks for ${request.url()}`));
  const began = Date.now();
  await page.goto(`file://${join(folder, name)}`);
  await page.waitForFunction(() => document.documentElement.dataset.ready === "true");
  page.readyAfter = Date.now() - began;
  return page;
}
async function brainShown(page) {
  await page.locator("#brain").scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector("canvas[data-shown]"));
}
const number = (text) => Number(text.replaceAll(",", ""));

/** Curves of series.csv (which has no quoted numbers): "readout" or "readout.part" to days and values. */
function curves() {
  const all = new Map();
  for (const line of readFileSync(join(folder, "series.csv"), "utf8").split("\n").slice(1)) {
    const fields = line.split(",");
    if (fields.length < 5) continue;
    const name = fields[2] ? `${fields[1]}.${fields[2]}` : fields[1];
    if (!all.has(name)) all.set(name, new Map());
    all.get(name).set(Number(fields[0]), Number(fields[3]));
  }
  return all;
}

async function hoverValues(page) {
  const known = curves();
  const chart = page.locator(".chart", { hasText: "Donor cells alive" }).first();
  await chart.scrollIntoViewIfNeeded();
  const area = await chart.locator(".u-over").boundingBox();
  let compared = 0;
  for (const share of [0.2, 0.5, 0.8]) {
    await page.mouse.move(area.x + share * area.width, area.y + area.height / 2);
    await page.waitForTimeout(100);
    const rows = await chart.locator(".u-legend .u-series").evaluateAll((all) =>
      all.map((row) => [row.querySelector(".u-label").textContent, row.querySelector(".u-value").textContent]));
    const day = number(rows[0][1]);
    for (const [label, text] of rows.slice(1)) {
      const name = label === "donor alive" ? "donor_alive" : `donor_alive_by_state.${label}`;
      if (text === "-") continue; // nothing to show on a log scale
      const expected = known.get(name).get(day);
      assert.ok(Math.abs(number(text) - expected) <= 1e-6 * Math.abs(expected), `${name} on day ${day}: ${text}, not ${expected}`);
      ++compared;
    }
  }
  assert.ok(compared >= 9, `only ${compared} values compared`);
}

async function keyboard(page) {
  const plot = page.locator(".plot").first();
  await plot.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  const first = await page.locator("[aria-live].hidden").first().textContent();
  assert.match(first, /^day .*donor alive/);
  await page.keyboard.press("PageDown");
  assert.notEqual(await page.locator("[aria-live].hidden").first().textContent(), first);
}

/** Every control has a name that a screen reader can say, and can be reached by the tab key. */
async function names(page) {
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll("button, select, input, summary, a[href], [tabindex]")]
      .filter((one) => !(one.getAttribute("aria-label") || one.textContent.trim() || one.closest("label")?.textContent.trim() || one.labels?.length))
      .map((one) => one.outerHTML.slice(0, 120)));
  assert.deepEqual(nameless, []);
  const negative = await page.locator('button[tabindex="-1"], select[tabindex="-1"], input[tabindex="-1"]').count();
  assert.equal(negative, 0);
}

async function slider(page) {
  await brainShown(page);
  const view = page.locator(".brain canvas");
  await view.scrollIntoViewIfNeeded();
  await page.waitForTimeout(500);
  const before = await view.screenshot();
  const text = await view.getAttribute("data-shown");
  await page.getByLabel("Day", { exact: true }).first().focus();
  await page.keyboard.press("Home");
  await page.waitForFunction((old) => document.querySelector("canvas[data-shown]").dataset.shown !== old, text);
  await page.waitForTimeout(500);
  assert.ok(!before.equals(await view.screenshot()), "the slider did not change the picture");
  await page.getByLabel("Layer", { exact: true }).selectOption({ index: 2 });
  await page.waitForFunction((old) => !document.querySelector("canvas[data-shown]").dataset.shown.includes(old), "donor density");
}

/** Share of the pixels of a picture that are as bright and yellow as the bright end of the colours. */
const brightShare = (page, picture) => page.evaluate(async (source) => {
  const image = new Image();
  await new Promise((loaded) => { image.onload = loaded; image.src = source; });
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: image.width, height: image.height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let bright = 0;
  for (let n = 0; n < data.length; n += 4) bright += data[n] > 180 && data[n + 1] > 180 && data[n + 2] < 110 ? 1 : 0;
  return (4 * bright) / data.length;
}, `data:image/png;base64,${picture.toString("base64")}`);

/** A layer whose low values are drawn brightest shows lesions, and leaves what has no value dark. */
async function fallingLayer(page) {
  const view = page.locator(".brain canvas").first();
  const said = () => view.getAttribute("data-shown");
  await page.getByLabel("Layer", { exact: true }).selectOption({ label: "axon fraction" });
  await page.getByLabel("Day", { exact: true }).first().focus();
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.querySelector("canvas[data-shown]").dataset.shown.includes("axon fraction"));
  await page.waitForTimeout(1000);
  const share = await brightShare(page, await view.screenshot());
  assert.ok(share > 0 && share < 0.05, `${(100 * share).toFixed(0)} % of the picture of ${await said()} is bright`);
}

/** Keys on the opacity are drawn when they are all in, not one after the other. */
async function manyKeys(page) {
  await page.getByLabel("Opacity of the layer").focus();
  for (let n = 0; n < 12; ++n) await page.keyboard.press("ArrowLeft");
  const began = Date.now();
  await page.getByLabel("Layer", { exact: true }).selectOption({ label: "debris" });
  await page.waitForFunction(() => document.querySelector("canvas[data-shown]").dataset.shown.includes("debris"));
  console.log(`twelve keys and a layer: drawn after ${Date.now() - began} ms`);
}

/** A day before the first snapshot of a layer shows none of it, and says so. */
async function firstDay(page) {
  const cells = await page.getByLabel("Layer", { exact: true }).locator("option").first().getAttribute("value");
  await page.getByLabel("Layer", { exact: true }).selectOption(cells);
  await page.getByLabel("Day", { exact: true }).first().focus();
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.querySelector("canvas[data-shown]").dataset.shown.startsWith("day 0"));
}

/** Arrow keys move the crosshair, and what is there is read out. */
async function crosshairByKeyboard(page) {
  await page.locator(".brain canvas").first().focus();
  const where = page.locator(".brain output").last();
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => [...document.querySelectorAll(".brain output")].at(-1).textContent.startsWith("at "));
  const before = await where.textContent();
  await page.keyboard.press("ArrowUp");
  await page.waitForFunction((old) => [...document.querySelectorAll(".brain output")].at(-1).textContent !== old, before);
}

async function legendByKeyboard(page) {
  const name = page.locator(".u-legend [role=checkbox]").first();
  await name.focus();
  for (const checked of ["false", "true"]) {
    await page.keyboard.press("Space");
    assert.equal(await name.getAttribute("aria-checked"), checked);
  }
}

async function zoom(page) {
  const over = page.locator(".chart .u-over");
  const area = await over.first().boundingBox();
  const axis = () => page.evaluate(() => document.querySelectorAll(".chart canvas")[3].toDataURL());
  const before = await axis();
  await page.mouse.move(area.x + 0.3 * area.width, area.y + 20);
  await page.mouse.down();
  await page.mouse.move(area.x + 0.6 * area.width, area.y + 20, { steps: 5 });
  await page.mouse.up();
  await page.waitForTimeout(200);
  assert.notEqual(await axis(), before, "other charts did not follow the zoom");
}

async function fits(name) {
  for (const width of [1300, 400]) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open(name, { viewport: { width, height: 900 }, colorScheme });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(over <= 0, `${name} at ${width} px is ${over} px too wide`);
      assert.deepEqual(page.faults, []);
      await page.close();
    }
  }
}

const run = await open("run.html");
await hoverValues(run);
await keyboard(run);
await names(run);
await slider(run);
await fallingLayer(run);
await manyKeys(run);
await firstDay(run);
await crosshairByKeyboard(run);
await legendByKeyboard(run);
await run.evaluate(() => window.scrollTo(0, 0));
await zoom(run);
assert.deepEqual(run.faults, []);
console.log(`run.html: ready after ${run.readyAfter} ms; hover, keys, names, slider, layers, legend, zoom`);

const two = await open("two.html");
await brainShown(two);
assert.ok((await two.locator("#answer table tbody tr").count()) >= 4);
assert.match(await two.locator("#parameters").textContent(), /What differs between the runs: [1-9]/);
assert.deepEqual(two.faults, []);
await two.waitForFunction(() => document.querySelectorAll(".brain canvas[data-shown]").length === 2);
console.log("two.html: numbers and brains side by side, what differs");

const study = await open("study.html");
assert.ok((await study.locator("section").count()) >= 3);
const link = await study.locator("#table-runs a").first().getAttribute("href");
assert.ok(existsSync(join(folder, link)), `${link} leads nowhere`);
await names(study);
assert.deepEqual(study.faults, []);
console.log("study.html: tables, links to runs");

const sensitivity = await open("sensitivity.html");
const bars = await sensitivity.locator("#table-sensitivity .bars").first().textContent();
for (const input of readFileSync(join(folder, "sensitivity/sensitivity.csv"), "utf8").split("\n").slice(1)) {
  if (input) assert.ok(bars.includes(input.split(",")[1]), `no bar of ${input}`);
}
assert.match(await sensitivity.locator(".lead").textContent(), /^A sensitivity analysis: \d+ runs of/);
assert.deepEqual(sensitivity.faults, []);
console.log("sensitivity.html: a bar for each input");

for (const name of ["run.html", "two.html", "study.html", "sensitivity.html"]) await fits(name);
console.log("light and dark, wide and narrow: nothing too wide");

if (existsSync(join(folder, "large.html"))) {
  const large = await open("large.html");
  const size = statSync(join(folder, "large.html")).size / 1e6;
  const began = Date.now();
  await brainShown(large);
  console.log(`large.html: ${size.toFixed(1)} MB, ready after ${large.readyAfter} ms, brain ${Date.now() - began} ms after it came near`);
  assert.ok(size < 30);
  assert.deepEqual(large.faults, []);
}
await browser.close();
