// What the page was given: JSON, and arrays as gzipped base64.

export const data = JSON.parse(document.getElementById("neurograft-data").textContent);

/** Bytes of an array of the page. */
export async function blob(index) {
  const element = document.getElementById(`blob-${index}`);
  const text = element.textContent;
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/** Columns of a run: one for each readout and part, with its values over the records. */
export function columnsOf(run) {
  const columns = new Map();
  for (const readout of run.readouts) {
    const parts = readout.axes.reduce((product, axis) => product * axis.labels.length, 1);
    for (let part = 0; part < parts; ++part) {
      let rest = part;
      const labels = [];
      for (const axis of [...readout.axes].reverse()) {
        labels.unshift(axis.labels[rest % axis.labels.length] + (axis.unit ? ` ${axis.unit}` : ""));
        rest = Math.floor(rest / axis.labels.length);
      }
      const name = labels.length ? `${readout.name}.${labels.join("/")}` : readout.name;
      columns.set(name, {
        name,
        readout: readout.name,
        label: labels.join(", "),
        unit: readout.unit,
        about: readout.long_name,
        values: run.days.map((_, record) => readout.values[record * parts + part]),
      });
    }
  }
  return columns;
}

/** Last value that is a number. */
export function last(column) {
  if (!column) return null;
  for (let n = column.values.length - 1; n >= 0; --n) if (column.values[n] !== null) return column.values[n];
  return null;
}

/** Index of the last record at or before a day. */
export function recordAt(days, day) {
  let found = 0;
  for (let n = 0; n < days.length; ++n) if (days[n] <= day + 1e-9) found = n;
  return found;
}
