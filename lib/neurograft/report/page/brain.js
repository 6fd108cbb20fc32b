// The brain in three planes and in 3D, with layers over the label map and a slider over days.
import { MULTIPLANAR_TYPE, Niivue, NVImage, SHOW_RENDER } from "@niivue/niivue";
import { blob } from "./data.js";
import { inUnit, make, shown, themeColour, words } from "./elements.js";

const GREYS = [0, 35, 20, 130, 210]; // outside, subarachnoid CSF, ventricle, grey matter, white matter
const UINT8 = 2, UINT16 = 512;

/** A NIfTI-1 file of the grid: header of 348 bytes, four of extension, then the values. */
function nifti(images, frames, type, values, low, step) {
  const bytes = new ArrayBuffer(352 + values.byteLength);
  const view = new DataView(bytes);
  const i16 = (at, x) => view.setInt16(at, x, true);
  const f32 = (at, x) => view.setFloat32(at, x, true);
  view.setInt32(0, 348, true);
  [frames > 1 ? 4 : 3, ...images.size, frames, 1, 1, 1].forEach((n, k) => i16(40 + 2 * k, n));
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

/** Range that shows a layer: of what is there, without the rarest values. */
function rangeOf(codes, layer) {
  const counts = new Uint32Array(65536);
  for (const code of codes) ++counts[code];
  const total = codes.length - counts[0];
  // The commonest value is what tissue has where nothing happened.
  let usual = 1;
  for (let code = 1; code < 65536; ++code) if (counts[code] > counts[usual]) usual = code;
  const rare = Math.max(1, (total - counts[usual]) * 0.002);
  let high = 65535, above = 0, low = 1, below = 0;
  while (high > 1 && (above += high === usual ? 0 : counts[high]) < rare) --high;
  while (low < 65535 && (below += low === usual ? 0 : counts[low]) < rare) ++low;
  const value = (code) => layer.low + layer.step * (code - 1);
  const fromBelow = usual - low < high - usual;
  return fromBelow
    ? { min: value(usual) + Math.max(1e-9, 0.01 * (value(high) - value(usual))), max: value(high), map: "plasma" }
    : { min: value(low), max: value(Math.max(usual - 1, low + 1)), map: "plasma", reversed: true };
}

export function brainSection(runs, live) {
  const withImages = runs.map((run, n) => ({ run, n })).filter(({ run }) => run.images);
  if (withImages.length === 0) {
    return { element: make("p", { class: "quiet" }, "No images: the run recorded none. Give output.snapshots_d with output.fields, or output.agents."), start() {}, redraw() {} };
  }
  const canvas = make("canvas", { tabindex: "0", role: "img", "aria-label": "Brain in three planes and in 3D. The controls beside it choose layer and day; a click moves the crosshair." });
  const where = make("output", { "aria-live": "polite", class: "quiet" });
  const shownDay = make("output", { "aria-live": "polite" });
  const state = { run: withImages[0].run, layer: 0, day: 0, lesions: true, opacity: 0.85 };
  const packed = new Map(); // arrays by blob
  let nv = null, turn = Promise.resolve();

  const array = async (index, Type) => {
    if (!packed.has(index)) packed.set(index, blob(index).then((buffer) => new Type(buffer)));
    return packed.get(index);
  };
  const frameOf = (layer) => {
    let frame = 0;
    layer.days.forEach((day, n) => { if (day <= state.day + 1e-9) frame = n; });
    return frame;
  };
  const layers = () => state.run.images.layers;
  const days = () => [...new Set(layers().flatMap((layer) => layer.days))].sort((a, b) => a - b);

  /** One frame of a layer as an image for the viewer. */
  async function image(layer, options) {
    const codes = await array(layer.blob, Uint16Array);
    const size = state.run.images.size.reduce((a, b) => a * b, 1);
    const frame = frameOf(layer);
    const part = codes.subarray(frame * size, (frame + 1) * size);
    // Code 0 is "no value": below any value, and so never drawn.
    const bytes = nifti(state.run.images, 1, UINT16, part, layer.low - layer.step, layer.step);
    return NVImage.new(bytes, `${layer.name}.nii`, options.map, options.opacity, null, options.min, options.max, true, 0.02, false, false, "", 0);
  }

  async function show() {
    const images = state.run.images;
    const labels = await array(images.labels, Uint8Array);
    const anatomy = await NVImage.new(nifti(images, 1, UINT8, Uint8Array.from(labels, (label) => GREYS[label] ?? 0), 0, 1), "anatomy.nii", "gray", 1, null, 0, 255, true, 0.02, false, false, "", 0);
    anatomy.colorbarVisible = false;
    while (nv.volumes.length) nv.removeVolume(nv.volumes[0]);
    nv.addVolume(anatomy);
    const lesions = layers().find((layer) => layer.name === "lesion_kind");
    if (state.lesions && lesions) {
      const overlay = await image(lesions, { map: "blue2cyan", opacity: 0.55, min: 0.5, max: 5 });
      overlay.colorbarVisible = false;
      nv.addVolume(overlay);
    }
    const layer = layers()[state.layer];
    let text = `day ${shown(state.day)}`;
    if (layer) {
      const range = rangeOf(await array(layer.blob, Uint16Array), layer);
      const overlay = await image(layer, { ...range, opacity: state.opacity });
      nv.addVolume(overlay);
      if (range.reversed) nv.volumes.at(-1).colormapInvert = true;
      text += `; ${words(layer.name)} of day ${shown(layer.days[frameOf(layer)])}`;
      if (layer.recorded > layer.days.length) text += `; ${layer.days.length} of ${shown(layer.recorded)} snapshots are in this page`;
    }
    nv.updateGLVolume();
    nv.setClipPlane([2, 0, 0]);
    shownDay.textContent = text;
    canvas.dataset.shown = text;
  }
  const update = () => (turn = turn.then(show).catch((error) => { where.textContent = `The picture failed: ${error.message}`; }));

  const slider = make("input", { type: "range", min: "0", step: "1", "aria-label": "Day", oninput: () => {
    state.day = days()[Number(slider.value)] ?? 0;
    update();
  } });
  const choice = make("select", { "aria-label": "Layer", onchange: () => ((state.layer = Number(choice.value)), update()) });
  const fill = () => {
    choice.replaceChildren(...layers().map((layer, n) => make("option", { value: n, selected: n === state.layer }, `${words(layer.name)}${inUnit(layer.unit)}`)), make("option", { value: -1 }, "nothing"));
    slider.max = String(Math.max(0, days().length - 1));
    slider.value = slider.max;
    state.day = days().at(-1) ?? 0;
  };
  const controls = make("div", { class: "controls" },
    withImages.length > 1 ? make("label", {}, "Run ", make("select", { onchange: (event) => {
      state.run = runs[Number(event.target.value)];
      state.layer = 0;
      fill();
      update();
    } }, withImages.map(({ run, n }) => make("option", { value: n }, run.file)))) : null,
    make("label", {}, "Layer ", choice),
    make("label", {}, "Day ", slider, shownDay),
    make("label", {}, "Opacity ", make("input", { type: "range", min: "0.1", max: "1", step: "0.05", value: state.opacity, "aria-label": "Opacity of the layer", oninput: (event) => ((state.opacity = Number(event.target.value)), update()) })),
    make("label", {}, make("input", { type: "checkbox", checked: true, onchange: (event) => ((state.lesions = event.target.checked), update()) }), " lesions in blue"),
    make("p", { class: "quiet" }, "Click or drag in a plane to move the crosshair; scroll to move through slices; drag the 3D view to turn it."),
    where);
  fill();

  async function begin() {
    const probe = document.createElement("canvas").getContext("webgl2");
    if (!probe) {
      canvas.replaceWith(make("p", {}, "This browser has no WebGL 2, which the pictures of the brain need. All else works; `neurograft export --nifti` gives the images to other viewers."));
      return;
    }
    probe.getExtension("WEBGL_lose_context")?.loseContext();
    nv = new Niivue({ backColor: [0.02, 0.03, 0.05, 1], isColorbar: true, show3Dcrosshair: true, crosshairColor: [0.5, 0.8, 1, 0.6], crosshairWidth: 0.4, multiplanarPadPixels: 12, multiplanarShowRender: SHOW_RENDER.ALWAYS, multiplanarLayout: MULTIPLANAR_TYPE.GRID, fontMinPx: 15, showAllOrientationMarkers: true, logLevel: "silent", dragAndDropEnabled: false });
    await nv.attachToCanvas(canvas);
    nv.setSliceType(nv.sliceTypeMultiplanar);
    nv.onLocationChange = (location) => {
      const values = location.values.slice(1).map(({ name, value }) => `${words(name.replace(".nii", ""))} ${shown(value, 4)}`);
      where.textContent = `at ${location.mm.slice ? Array.from(location.mm).slice(0, 3).map((x) => shown(x, 4)).join(", ") : ""} mm: ${values.join("; ")}`;
    };
    await update();
  }
  const element = make("div", { class: "brain panel" }, make("div", { class: "view" }, canvas), controls);
  // Only once it comes near: it is the heaviest part of the page.
  const start = () => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      begin().catch((error) => { where.textContent = `The picture failed: ${error.message}`; });
    }, { rootMargin: "400px" });
    observer.observe(element);
  };
  return { element, start, redraw() {} };
}
