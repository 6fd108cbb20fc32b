// Bundles the page into one HTML file: node build.mjs FOLDER_WITH_NODE_MODULES OUTPUT.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [modules, output] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(join(modules, "package.json"))("esbuild");

const bundle = (entry, more) =>
  esbuild.buildSync({
    entryPoints: [join(here, entry)],
    bundle: true,
    minify: true,
    write: false,
    nodePaths: [join(modules, "node_modules")],
    legalComments: "none",
    ...more,
  }).outputFiles[0].text;

// `</script` inside the bundle would end it early.
const script = bundle("main.js", { format: "iife", target: "es2020" }).replaceAll("</script", "<\\/script");
const style = bundle("style.css", { loader: { ".css": "css" } });
const licences = ["@niivue/niivue", "uplot"]
  .map((name) => {
    const folder = join(modules, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return `${name} ${version} (${license})`;
  })
  .join(", ");

const fill = (text, mark, value) => text.split(mark).join(value);
let html = readFileSync(join(here, "index.html"), "utf8");
html = fill(html, "/*STYLE*/", style);
html = fill(html, "<!--LICENCES-->", licences);
html = fill(html, "/*SCRIPT*/", script);
writeFileSync(output, html);
