// Builds the browser's files from this folder into ../dist (or $OUT): styles, scripts, fonts. Nothing built is committed.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, context } from "esbuild";
import subsetFont from "subset-font";

const here = dirname(fileURLToPath(import.meta.url));
process.chdir(here);
const out = resolve(here, process.env.OUT || "../dist");
const watch = process.argv.includes("--watch");

// The weights our styles use: all the others are a third of the font.
const WEIGHTS = { wght: { min: 400, max: 700 } };
const SUBSETS = ["latin", "latin-ext", "cyrillic", "greek", "vietnamese"];
const scripts = {
  entryPoints: { app: "app.js", chat: "chat.js", charts: "charts.js", theme: "theme.js" },
  bundle: true,
  minify: !watch,
  format: "iife",
  target: "es2022",
  outdir: out,
  logLevel: "warning",
  legalComments: "none",
};

async function lighterFont(subset) {
  const whole = readFileSync(`node_modules/@fontsource-variable/inter/files/inter-${subset}-wght-normal.woff2`);
  const font = await subsetFont(whole, everyCharacter(), { targetFormat: "woff2", variationAxes: WEIGHTS });
  writeFileSync(join(out, "fonts", `inter-${subset}.woff2`), font);
}

// What the file has of them stays in it: the five files were cut by script already.
function everyCharacter() {
  const codes = Array.from({ length: 0x10000 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff);
  return codes.map((code) => String.fromCharCode(code)).join("");
}

async function copyFiles() {
  mkdirSync(join(out, "fonts"), { recursive: true });
  await Promise.all(SUBSETS.map(lighterFont));
  copyFileSync("desk.css", join(out, "desk.css"));
  for (const file of readdirSync("img")) copyFileSync(join("img", file), join(out, file));
}

function styles(...extra) {
  const tailwind = "node_modules/@tailwindcss/cli/dist/index.mjs";
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [tailwind, "-i", "app.css", "-o", join(out, "app.css"), ...extra], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    child.on("exit", (code) => (code ? fail(new Error(`tailwind ended with ${code}`)) : done()));
  });
}

function report(started) {
  for (const name of readdirSync(out).filter((file) => /\.(js|css)$/.test(file))) {
    const gzipped = gzipSync(readFileSync(join(out, name)), { level: 9 }).length;
    console.log(`${name.padEnd(12)} ${String(statSync(join(out, name)).size).padStart(8)} bytes, ${gzipped} gzipped`);
  }
  console.log(`built in ${Math.round(performance.now() - started)} ms`);
}

await copyFiles();
if (watch) {
  await (await context(scripts)).watch();
  await styles("--watch=always");
} else {
  const started = performance.now();
  await Promise.all([build(scripts), styles("--minify")]);
  report(started);
}
