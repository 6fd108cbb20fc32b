// Bundles the page into one HTML file: node build.mjs FOLDER_WITH_NODE_MODULES OUTPUT.
import { createRequire } from "node:module";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [modules, output] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(join(modules, "package.json"))("esbuild");

const packages = new Set(); // that are in the bundles
const bundle = (entry, more) => {
  const built = esbuild.buildSync({
    entryPoints: [join(here, entry)],
    bundle: true,
    minify: true,
    write: false,
    nodePaths: [join(modules, "node_modules")],
    legalComments: "none", // their licences are put into the page whole
    metafile: true,
    ...more,
  });
  for (const input of Object.keys(built.metafile.inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name) packages.add(name);
  }
  return built.outputFiles[0].text;
};

// `</script` inside the bundle would end it early.
const script = bundle("main.js", { format: "iife", target: "es2020" }).replaceAll("</script", "<\\/script");
const style = bundle("style.css", { loader: { ".css": "css" } });
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const licences = [...packages].sort().map((name) => {
  const folder = join(modules, "node_modules", name);
  const { version, license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const by = author ? `\nCopyright ${author.name ?? author}` : "";
  const text = file ? readFileSync(join(folder, file), "utf8") : `${license}${by}`;
  return `<h4>${escaped(name)} ${escaped(version)}, ${escaped(String(license))}</h4><pre>${escaped(text.trim())}</pre>`;
}).join("\n");

const fill = (text, mark, value) => text.split(mark).join(value);
let html = readFileSync(join(here, "index.html"), "utf8");
html = fill(html, "/*STYLE*/", style);
html = fill(html, "<!--LICENCES-->", licences);
html = fill(html, "/*SCRIPT*/", script);
writeFileSync(output, html);
