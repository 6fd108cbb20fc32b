// The brain in three planes and in 3D, with layers over the label map and a slider over days.
import { MULTIPLANAR_TYPE, Niivue, NVImage, SHOW_RENDER } from "@niivue/niivue";
import { blob } from "./data.js";
import { inUnit, make, shown, words } from "./elements.js";

const GREYS = [0, 35, 20, 130, 210]; // outside, subarachnoid CSF, ventricle, grey matter, white matter
const TISSUE = 100; // as bright, or brighter
const UINT8 = 2, UINT16 = 512;
const KEPT_IMAGES = 24; // of layers and frames, of 2 MB each in a brain at 2 mm

/** A NIfTI-1 file of the grid: header of 348 bytes, four of extension, then the values. */
function nifti(images, type, values, low, step) {
  const bytes = new ArrayBuffer(352 + values.byteLength);
  const view = new DataView(bytes);
  const i16 = (at, x) => view.setInt16(at, x, true);
  const f32 = (at, x) => view.setFloat32(at, x, true);
  view.setInt32(0, 348, true);
  [3, ...images.size, 1, 1, 1, 1].forEach((n, k) => i16(40 + 2 * k, n));
  i16(70, type);
  i16(72, type === UINT8 ? 8 : 16);
  // Voxel edges in the space of the scan: those of the model differ where the volume was scaled.
  const edge = (axis) => Math.hypot(images.affine[axis], images.affine[4 + axis], images.affine[8 + axis]);
  [1, edge(0), edge(1), edge(2), 1, 1, 1, 1].forEach((x, k) => f32(76 + 4 * k, x));
  f32(108, 352);
  f32(112, step);
  f32(116, low);
  view.setUint8(123, 2); // mm
  i16(254, 1); // sform
  for (let n = 0; n < 12; ++n) f32(280 + 4 * n, images.affine[n]);
  [0x6e, 0x2b, 0x31, 0].forEach((c, n) => view.setUint8(344 + n, c));
  new Uint8Array(bytes, 352).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return bytes;
}

/** Values of a layer over all days: the commonest, which tissue has where nothing happened, and the ends without the rarest. */
function spanOf(codes, layer) {
  const counts = new Uint32Array(65536);
  for (const code of codes) ++counts[code];
  const total = codes.length - counts[0];
  let usual = 1;
  for (let code = 1; code < 65536; ++code) if (counts[code] > counts[usual]) usual = code;
  const rare = Math.max(1, (total - counts[usual]) * 0.002);
  let high = 65535, above = 0, low = 1, below = 0;
  while (high > 1 && (above += high === usual ? 0 : counts[high]) < rare) --high;
  while (low < 65535 && (below += low === usual ? 0 : counts[low]) < rare) ++low;
  const value = (code) => layer.low + layer.step * (code - 1);
  return { low: value(low), usual: value(usual), high: value(high) };
}

/** Colours for one or several layers: what lies on the wider side of the usual, the usual itself left out. */
function rangeOf(spans) {
  const varying = spans.filter(({ low, high }) => high > low);
  const of = varying.length ? varying : spans;
  const low = Math.min(...of.map((one) => one.low)), high = Math.max(...of.map((one) => one.high));
  const { usual } = of.reduce((widest, one) => (one.high - one.low > widest.high - widest.low ? one : widest));
  const falls = usual - low > high - usual;
  const beside = Math.max(1e-9, 0.01 * (falls ? usual - low : high - usual));
  return falls ? { min: low, max: usual - beside, falls } : { min: usual + beside, max: Math.max(high, usual + 2 * beside), falls };
}

/** Frame of a day: the last one up to it; -1 before the first. */
function frameOf(layer, day) {
  let frame = -1;
  layer.days.forEach((one, n) => { if (one <= day + 1e-9) frame = n; });
  return frame;
}

/** What several views share: the arrays of the page, and images made of them. */
function library() {
  const arrays = new Map(), spans = new Map(), images = new Map();
  const array = async (index, Type) => {
    if (!arrays.has(index)) arrays.set(index, blob(index).then((buffer) => new Type(buffer)));
    return arrays.get(index);
  };
  return {
    array,
    async span(layer) {
      if (!spans.has(layer.blob)) spans.set(layer.blob, spanOf(await array(layer.blob, Uint16Array), layer));
      return spans.get(layer.blob);
    },
    /** Made once for each name, the oldest ones forgotten. */
    async image(name, create) {
      if (!images.has(name)) images.set(name, await create());
      while (images.size > KEPT_IMAGES) images.delete(images.keys().next().value);
      return images.get(name);
    },
  };
}

/** A canvas that shows one run. */
function view(first, share, state, say) {
  const canvas = make("canvas", { tabindex: "0", role: "img", "aria-label": "Brain in three planes and in 3D. The controls beside it choose layer and day; a click moves the crosshair, as arrow keys and page up and down do." });
  const self = { run: first, canvas, nv: null };
  const layerNamed = (name) => self.run.images.layers.find((layer) => layer.name === name);

  const anatomy = async () => {
    const { images } = self.run;
    const labels = await share.array(images.labels, Uint8Array);
    return share.image(`labels ${images.labels}`, async () => {
      const greys = Uint8Array.from(labels, (label) => GREYS[label] ?? 0);
      const image = await NVImage.new(nifti(images, UINT8, greys, 0, 1), "anatomy.nii", "gray", 1, null, 0, 255, true, 0.02, false, false, "", 0);
      image.colorbarVisible = false;
      return image;
    });
  };

  /** One frame of a layer. Voxels without a value are drawn as what lies beyond the transparent end of the colours. */
  const overlay = async (layer, frame, map, falls) => {
    const { images } = self.run;
    const codes = await share.array(layer.blob, Uint16Array);
    return share.image(`${layer.blob} ${frame} ${map}`, () => {
      const size = images.size.reduce((a, b) => a * b, 1);
      let part = codes.subarray(frame * size, (frame + 1) * size);
      if (falls) part = part.map((code) => (code === 0 ? 65535 : code));
      return NVImage.new(nifti(images, UINT16, part, layer.low - layer.step, layer.step), `${layer.name}.nii`, map, 1, null, 0, 1, true, 0.02, false, false, "", 0);
    });
  };

  self.start = async () => {
    const nv = new Niivue({ backColor: [0.02, 0.03, 0.05, 1], isColorbar: true, show3Dcrosshair: true, crosshairColor: [0.5, 0.8, 1, 0.6], crosshairWidth: 0.4, multiplanarPadPixels: 12, multiplanarShowRender: SHOW_RENDER.ALWAYS, multiplanarLayout: MULTIPLANAR_TYPE.GRID, fontMinPx: 15, showAllOrientationMarkers: true, logLevel: "silent", dragAndDropEnabled: false });
    await nv.attachToCanvas(canvas);
    const plasma = nv.colormapFromKey("plasma");
    const reversed = (values) => [...values].reverse();
    nv.addColormap("falling", { R: reversed(plasma.R), G: reversed(plasma.G), B: reversed(plasma.B), A: reversed(plasma.A), I: reversed(plasma.I).map((n) => 255 - n) });
    nv.setSliceType(nv.sliceTypeMultiplanar);
    nv.onLocationChange = (location) => {
      const [ground, ...above] = location.values;
      const layer = layerNamed(state.layer);
      const values = above.map(({ name, value }) => {
        const outside = layer && name === `${layer.name}.nii` && (value < layer.low - 0.5 * layer.step || (self.falls && ground.value < TISSUE));
        return `${words(name.replace(".nii", ""))} ${outside ? "none" : shown(value, 4)}`;
      });
      say(`at ${Array.from(location.mm).slice(0, 3).map((x) => shown(x, 4)).join(", ")} mm: ${values.join("; ")}`);
    };
    self.nv = nv;
  };

  const axes = { ArrowLeft: [-1, 0, 0], ArrowRight: [1, 0, 0], ArrowDown: [0, 0, -1], ArrowUp: [0, 0, 1], PageDown: [0, -1, 0], PageUp: [0, 1, 0] };
  canvas.addEventListener("keydown", (event) => {
    const step = axes[event.key];
    if (!step || !self.nv || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    self.nv.moveCrosshairInVox(...step);
  });

  /** Where a layer is highest at its last frame [mm]; null if it is the same everywhere. */
  self.highest = async (layer) => {
    const { images } = self.run;
    const { low, high } = await share.span(layer);
    if (!(high > low)) return null;
    const codes = await share.array(layer.blob, Uint16Array);
    const size = images.size.reduce((a, b) => a * b, 1);
    let best = codes.length - size;
    for (let n = best; n < codes.length; ++n) if (codes[n] > codes[best]) best = n;
    const n = best - (codes.length - size);
    const voxel = [n % images.size[0], Math.floor(n / images.size[0]) % images.size[1], Math.floor(n / images.size[0] / images.size[1])];
    return [0, 1, 2].map((row) => images.affine.slice(4 * row, 4 * row + 4).reduce((sum, x, k) => sum + x * (k < 3 ? voxel[k] : 1), 0));
  };

  /** Draws what is chosen. `range` is that of all views. Returns what it shows, in words. */
  self.show = async (range) => {
    const volumes = [await anatomy()];
    const lesions = layerNamed("lesion_kind");
    if (state.lesions && lesions && frameOf(lesions, state.day) >= 0) {
      const image = await overlay(lesions, frameOf(lesions, state.day), "blue2cyan", false);
      Object.assign(image, { cal_min: 0.5, cal_max: 5, opacity: 0.55, colorbarVisible: false });
      volumes.push(image);
    }
    const layer = layerNamed(state.layer);
    let text = `day ${shown(state.day)}`;
    if (layer) {
      const frame = frameOf(layer, state.day);
      if (frame >= 0) {
        self.falls = range.falls;
        const image = await overlay(layer, frame, range.falls ? "falling" : "plasma", range.falls);
        Object.assign(image, { cal_min: range.min, cal_max: range.max, opacity: state.opacity, colorbarVisible: true });
        volumes.push(image);
        text += `; ${words(layer.name)} of day ${shown(layer.days[frame])}`;
      } else text += `; ${words(layer.name)} was first recorded on day ${shown(layer.days[0])}`;
      if (layer.recorded > layer.days.length) text += `; ${layer.days.length} of ${shown(layer.recorded)} snapshots are in this page`;
    } else if (state.layer) text += `; this run has no ${words(state.layer)}`;
    const { nv } = self;
    Object.assign(nv, { volumes, back: volumes[0], overlays: volumes.slice(1) });
    nv.updateGLVolume();
    nv.setClipPlane([2, 0, 0]);
    canvas.dataset.shown = text;
    return text;
  };
  return self;
}

export function brainSection(runs) {
  const withImages = runs.filter((run) => run.images);
  if (withImages.length === 0) {
    return { element: make("p", { class: "quiet" }, "No images: the run recorded none. Give output.snapshots_d with output.fields, or output.agents."), start() {} };
  }
  const where = make("output", { "aria-live": "polite", class: "quiet" });
  const shownDay = make("output", { "aria-live": "polite" });
  const caption = make("p", { class: "quiet" });
  const state = { layer: withImages[0].images.layers[0]?.name ?? "", day: Infinity, lesions: true, opacity: 0.85 };
  const share = library();
  const said = [];
  const views = withImages.slice(0, 2).map((run, n) => view(run, share, state, (text) => {
    said[n] = runs.length > 1 ? `${views[n].run.file} ${text}` : text;
    where.textContent = said.filter(Boolean).join(" / ");
  }));
  const layers = () => views.flatMap(({ run }) => run.images.layers);
  const chosen = () => layers().filter((layer) => layer.name === state.layer);
  const days = () => [...new Set(layers().flatMap((layer) => layer.days))].sort((a, b) => a - b);
  const names = () => [...new Map(layers().map((layer) => [layer.name, layer])).values()];

  async function show() {
    const spans = await Promise.all(chosen().map((layer) => share.span(layer)));
    const range = spans.length ? rangeOf(spans) : null;
    const texts = [];
    for (const one of views) texts.push(await one.show(range));
    shownDay.textContent = [...new Set(texts)].join(" / ");
    slider.setAttribute("aria-valuetext", `day ${shown(state.day)}`);
    const [layer] = chosen();
    caption.textContent = layer ? `Colours: ${layer.long_name}${inUnit(layer.unit)}, from ${shown(range.min, 3)} to ${shown(range.max, 3)}${range.falls ? ", the lowest brightest" : ""}.` : "";
  }
  // What is asked for while a picture is drawn is drawn once, when it is done.
  let asked = 0, busy = false;
  async function update() {
    ++asked;
    if (busy || views.some((one) => !one.nv)) return;
    busy = true;
    try {
      for (let drawn = 0; drawn !== asked; ) {
        drawn = asked;
        await show();
        await new Promise((after) => setTimeout(after));
      }
    } catch (error) {
      where.textContent = `The picture failed: ${error.message}`;
    }
    busy = false;
  }

  const slider = make("input", { type: "range", min: "0", step: "1", "aria-label": "Day", oninput: () => {
    state.day = days()[Number(slider.value)] ?? 0;
    update();
  } });
  const choice = make("select", { "aria-label": "Layer", onchange: () => ((state.layer = choice.value), update()) });
  const lesionBox = make("label", {}, make("input", { type: "checkbox", checked: true, onchange: (event) => ((state.lesions = event.target.checked), update()) }), " lesions in blue");
  const fill = () => {
    if (state.layer && !names().some(({ name }) => name === state.layer)) state.layer = names()[0]?.name ?? "";
    choice.replaceChildren(...names().map((layer) => make("option", { value: layer.name, selected: layer.name === state.layer }, `${words(layer.name)}${inUnit(layer.unit)}`)), make("option", { value: "", selected: state.layer === "" }, "nothing"));
    slider.max = String(Math.max(0, days().length - 1));
    slider.disabled = days().length < 2;
    if (!days().includes(state.day)) state.day = days().at(-1) ?? 0;
    slider.value = String(Math.max(0, days().indexOf(state.day)));
    lesionBox.hidden = !layers().some((layer) => layer.name === "lesion_kind");
  };
  const opacity = make("input", { type: "range", min: "0.1", max: "1", step: "0.05", value: state.opacity, "aria-label": "Opacity of the layer", oninput: () => ((state.opacity = Number(opacity.value)), update()) });
  const choose = (one) => make("select", { "aria-label": `Run of picture ${views.indexOf(one) + 1}`, onchange: (event) => {
    one.run = withImages[Number(event.target.value)];
    fill();
    update();
  } }, withImages.map((run, n) => make("option", { value: n, selected: run === one.run }, run.file)));
  const controls = make("div", { class: "controls" },
    make("label", {}, "Layer ", choice),
    make("label", {}, "Day ", slider, shownDay),
    make("label", {}, "Opacity ", opacity),
    lesionBox, caption,
    make("p", { class: "quiet" }, "Click or drag in a plane to move the crosshair, or use arrow keys and page up and down; scroll to move through slices; drag the 3D view to turn it."),
    where);
  fill();

  const element = make("div", { class: "brain panel" },
    make("div", { class: "views" }, views.map((one) => make("div", {}, withImages.length > 1 ? choose(one) : runs.length > 1 ? make("p", {}, one.run.file) : null, make("div", { class: "view" }, one.canvas)))), controls);
  async function begin() {
    const probe = document.createElement("canvas").getContext("webgl2");
    if (!probe) {
      element.replaceChildren(make("p", {}, "This browser has no WebGL 2, which the pictures of the brain need. All else works; `neurograft export --nifti` gives the images to other viewers."));
      return;
    }
    probe.getExtension("WEBGL_lose_context")?.loseContext();
    for (const one of views) await one.start();
    await update();
    let place = null;
    for (const one of views) for (const layer of one.run.images.layers.slice(0, 1)) place ??= await one.highest(layer);
    for (const { nv } of place ? views : []) {
      nv.scene.crosshairPos = nv.mm2frac(place);
      nv.drawScene();
    }
    for (const one of views) one.nv.broadcastTo(views.filter((other) => other !== one).map(({ nv }) => nv));
  }
  // Only once it comes near: it is the heaviest part of the page.
  const start = () => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      begin().catch((error) => { where.textContent = `The picture failed: ${error.message}`; });
    }, { rootMargin: "400px" });
    observer.observe(element);
  };
  return { element, start };
}
