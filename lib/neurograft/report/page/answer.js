// The head of the page: what was run, in one sentence, and the numbers that answer it.
import { data, last } from "./data.js";
import { make, shown, table } from "./elements.js";
import { studySentence } from "./study.js";

const setting = (run, section, key) => {
  const block = run.config_resolved.split(/^\[/m).find((part) => part.startsWith(`${section}]`)) ?? "";
  const line = block.split("\n").find((text) => text.startsWith(`${key} = `));
  return line ? line.slice(key.length + 3).replaceAll('"', "") : "";
};

/** Courses of drugs: name, and the first and last day. */
export function courses(run) {
  const all = [];
  const open = new Map();
  const begin = (name, day) => {
    const course = { name, from: day, to: run.days.at(-1) };
    open.set(name, course);
    all.push(course);
  };
  for (const event of run.events) {
    if (event.kind !== "drug") continue;
    const [, name, what] = /^(.*) (starts|stops|dose adjusted)$/.exec(event.what) ?? [];
    if (!name) continue;
    if (what === "starts") begin(name, event.day);
    else if (!open.has(name)) begin(name, run.days[0]);
    if (what === "stops") {
      open.get(name).to = event.day;
      open.delete(name);
    }
  }
  return all;
}

/** How a drug is given: "to a trough of 7 ng/mL", "60 mg every 24 h"; empty if it follows a schedule. */
function dosing(run, name) {
  const block = run.config_resolved.split(/^\[/m).find((part) => part.startsWith("[drug]]") && part.includes(`\nname = "${name}"\n`)) ?? "";
  const of = (key) => Number(new RegExp(`^${key} = (\\S+)$`, "m").exec(block)?.[1] ?? 0);
  const trough = of("target_trough_ng_per_ml");
  if (trough) return `to a trough of ${shown(trough)} ng/mL, `;
  const each = of("dose_mg") ? `${shown(of("dose_mg"))} mg` : of("dose_mg_per_kg") ? `${shown(of("dose_mg_per_kg"))} mg/kg` : "";
  return each ? `${each} every ${shown(of("every_h"))} h, ` : "";
}

/** What a run is, in one sentence. */
export function sentence(run) {
  const grafts = run.events.filter((event) => event.kind === "injection" && event.amount > 0);
  const given = grafts.map((graft) => {
    const route = graft.what.endsWith("icv") ? "into a brain ventricle" : "into brain tissue";
    return `${shown(graft.amount)} donor cells ${route} on day ${shown(graft.day)}`;
  });
  const drugs = courses(run).map(({ name, from, to }) => `${name} (${dosing(run, name)}day ${shown(from)} to ${shown(to)})`);
  const source = setting(run, "brain", "source").split("/").at(-1);
  const where = { phantom: "a phantom brain", patch: "a block of tissue" }[source] ?? `the brain ${source}`;
  const edge = source === "patch" ? `${setting(run, "brain", "patch_voxel_um")} um` : `${shown(Number(setting(run, "brain", "resolution_mm")))} mm`;
  return (
    `${given.length ? given.join(", ") : "No graft"}, in ${where} at ${edge}; ` +
    `${drugs.length ? drugs.join(", ") : "no drugs"}; followed from day ${shown(run.days[0])} to day ${shown(run.days.at(-1))}.`
  );
}

/** Numbers that answer what became of the graft and of the tissue: label, value, remark. */
export function answers(columns) {
  const end = (name) => last(columns.get(name));
  const injected = end("donor_injected");
  const all = [];
  const add = (label, value, remark = "") => {
    if (value !== null && value !== undefined) all.push({ label, value, remark });
  };
  if (injected) {
    const alive = end("donor_alive");
    add("donor cells alive at the end", alive, `${shown((100 * alive) / injected, 3)} % of ${shown(injected)} given`);
    add("attached to the ventricle wall", end("donor_attached_total") || null, "in all");
    const killers = { ctl: "T cells", nk: "NK cells", macrophage: "macrophages", antibody: "antibody" };
    const killed = Object.entries(killers).map(([cause, name]) => ({ name, count: end(`donor_deaths_by_cause.${cause}`) ?? 0 }));
    const by = killed.filter(({ count }) => count > 0).map(({ name, count }) => `${name} ${shown(count)}`);
    add("killed by the host's immune system", killed.reduce((sum, { count }) => sum + count, 0), by.join(", "));
  }
  const remyelinated = end("remyelinated_fraction.lesions");
  if (end("region_volume.lesions") > 0) add("axons in lesions with new myelin", remyelinated, "share, at the end");
  const pbvc = end("pbvc.whole");
  if (pbvc !== null) add("brain volume", `${pbvc > 0 ? "+" : ""}${shown(pbvc, 3)} %`, "since day 0 (PBVC)");
  if (columns.has("sensitised") && injected) {
    add("antibody against the donor", end("antibody"), end("sensitised") ? "above the positive threshold" : "of the positive threshold");
  }
  return all;
}

export function headOf(runs, columns, themeButton) {
  const study = data.study;
  const title = study ? study.title : runs.length === 1 ? runs[0].title || runs[0].file : `${runs.length} runs side by side`;
  const head = [
    make("div", { class: "top" }, make("h1", {}, title), themeButton),
    study ? make("p", { class: "lead" }, studySentence(study)) : null,
    !study && runs.length === 1 ? make("p", { class: "lead" }, sentence(runs[0])) : null,
    make("p", { class: "notice" }, "A research model: not for clinical decisions about any patient."),
  ];
  for (const run of runs) {
    if (run.complete) continue;
    head.push(" ", make("p", { class: "notice" }, `${run.file} is not complete: it ends on day ${shown(run.days.at(-1))}.`));
  }
  return head.filter(Boolean);
}

export function answerSection(runs, columns) {
  if (runs.length === 1) {
    return make(
      "div",
      { class: "cards" },
      answers(columns[0]).map(({ label, value, remark }) =>
        make("div", { class: "card" }, make("span", {}, label), make("b", {}, typeof value === "number" ? shown(value, 3) : value), make("span", {}, remark)),
      ),
    );
  }
  const each = columns.map(answers);
  const labels = [...new Set(each.flat().map((one) => one.label))];
  const rows = labels.map((label) => [
    label,
    ...each.map((all) => {
      const found = all.find((one) => one.label === label);
      return found ? (typeof found.value === "number" ? shown(found.value, 4) : found.value) : "-";
    }),
  ]);
  return [
    ...runs.map((run) => make("p", {}, make("strong", {}, `${run.file}: `), sentence(run))),
    table(["at the end", ...runs.map((run) => run.file)], rows, "Numbers at the end of each run"),
  ];
}
