// Puts third-party browser code into ../src/tidewaiter/site/static/vendor/<name>-<version>/ and
// writes VENDOR.json (name, version, licence, files with SHA-256). Nothing of it is committed.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "..", "src", "tidewaiter", "site", "static", "vendor");
const WEIGHTS = [400, 600];
const TARGET = ["chrome123", "firefox128", "safari17.5"];

const modules = (path) => join(HERE, "node_modules", path);

async function about(name) {
  const { version, license } = JSON.parse(await readFile(modules(`${name}/package.json`), "utf8"));
  const folder = `${name.replace("@", "").replaceAll("/", "-")}-${version}`;
  await mkdir(join(OUT, folder), { recursive: true });
  return { name, version, licence: license, folder, files: [] };
}

async function add(entry, name, content) {
  await writeFile(join(OUT, entry.folder, name), content);
  const sha256 = createHash("sha256").update(content).digest("hex");
  entry.files.push({ name, sha256, bytes: content.length });
}

async function bundle(entry, name, source, format) {
  const result = await build({
    entryPoints: [source], bundle: true, minify: true, write: false,
    format, target: TARGET, legalComments: "inline", nodePaths: [modules("")],
  });
  await add(entry, name, Buffer.from(result.outputFiles[0].contents));
}

async function licence(entry) {
  for (const file of ["LICENSE", "LICENSE.md"]) {
    try {
      return await add(entry, "LICENSE", await readFile(modules(`${entry.name}/${file}`)));
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
}

// One style sheet a family; browsers fetch only the scripts of writing that a page shows.
async function font(name, family, subsets) {
  const entry = await about(name);
  const ranges = JSON.parse(await readFile(modules(`${name}/unicode.json`), "utf8"));
  const short = name.split("/")[1];
  let css = "";
  for (const subset of subsets) {
    for (const weight of WEIGHTS) {
      const file = `${short}-${subset}-${weight}-normal.woff2`;
      await add(entry, file, await readFile(modules(`${name}/files/${file}`)));
      css += `@font-face{font-family:"${family}";font-style:normal;font-display:swap;`
        + `font-weight:${weight};src:url(${file}) format("woff2");unicode-range:${ranges[subset]}}\n`;
    }
  }
  await add(entry, "font.css", Buffer.from(css));
  await licence(entry);
  return entry;
}

async function htmx() {
  const entry = await about("htmx.org");
  await add(entry, "htmx.min.js", await readFile(modules("htmx.org/dist/htmx.min.js")));
  await licence(entry);
  return entry;
}

async function alpine() {
  const entry = await about("@alpinejs/csp");
  await add(entry, "alpine.min.js", await readFile(modules("@alpinejs/csp/dist/cdn.min.js")));
  await licence(entry);
  return entry;
}

async function echarts() {
  const entry = await about("echarts");
  await bundle(entry, "echarts.min.js", join(HERE, "echarts.js"), "esm");
  await licence(entry);
  await add(entry, "NOTICE", await readFile(modules("echarts/NOTICE")));
  return entry;
}

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const entries = [
  await htmx(),
  await alpine(),
  await echarts(),
  await font("@fontsource/noto-sans", "Noto Sans",
    ["latin", "latin-ext", "cyrillic", "greek", "vietnamese"]),
  await font("@fontsource/noto-sans-arabic", "Noto Sans Arabic", ["arabic"]),
];
await writeFile(join(OUT, "VENDOR.json"), JSON.stringify(entries, null, 1) + "\n");
for (const { name, version, licence: terms, files } of entries) {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  console.log(`${name} ${version} (${terms}): ${files.length} files, ${Math.round(bytes / 1024)} KB`);
}
