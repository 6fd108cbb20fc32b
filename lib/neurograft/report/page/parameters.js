// What the run rests on: parameters that differ from their defaults, assumed ones, and where it came from.
import { make, table } from "./elements.js";

export function parameters(runs) {
  const several = runs.length > 1;
  const keys = [...new Set(runs.flatMap((run) => run.changed.map(([key]) => key)))];
  const of = (run, key) => run.changed.find(([one]) => one === key);
  // A drug's keys have no values, not even defaults, in a run without it.
  const without = (run, key) => {
    const drug = /^drug\.([^.]+)\./.exec(key)?.[1];
    return drug !== undefined && !run.config_resolved.includes(`[[drug]]\nname = "${drug}"\n`);
  };
  const valueOf = (run, key) => of(run, key)?.[1] ?? (without(run, key) ? "not given" : "default");
  const differing = several ? keys.filter((key) => new Set(runs.map((run) => valueOf(run, key))).size > 1) : [];
  const rows = (chosen) => chosen.map((key) => {
    const known = runs.map((run) => of(run, key)).find(Boolean);
    return [key, ...runs.map((run) => valueOf(run, key)), known[2], known[3] === "1" ? "" : known[3], known[4], known[5]];
  });
  const header = ["parameter", ...(several ? runs.map((run) => run.file) : ["value"]), "default", "unit", "grade", "meaning"];
  const parts = [];
  if (several) parts.push(make("h3", {}, `What differs between the runs: ${differing.length}`), differing.length ? table(header, rows(differing), "Parameters that differ between the runs") : make("p", {}, "Nothing but, perhaps, the seed."));
  parts.push(make("h3", {}, `Not at their defaults: ${keys.length}`), table(header, rows(keys), "Parameters that are not at their defaults"));
  for (const { file, assumed } of runs) {
    parts.push(make("details", {}, make("summary", {}, `Assumed, and not set by the config${several ? `, ${file}` : ""}: ${assumed.length}`),
      table(["parameter", "value", "unit", "grade", "meaning"], assumed, "Assumed parameters")));
  }
  return parts;
}

export function provenance(runs) {
  return runs.map((run) => make("details", { open: runs.length === 1 },
    make("summary", {}, run.file),
    table(["", ""], run.provenance, `Provenance of ${run.file}`),
    run.inputs.length ? table(["input", "path"], run.inputs, `Inputs of ${run.file}`) : null,
    make("details", {}, make("summary", {}, "The config as it was written"), make("pre", { tabindex: "0" }, run.config)),
    make("details", {}, make("summary", {}, "Every value"), make("pre", { tabindex: "0" }, run.config_resolved))));
}
