// Starts the bundle beside it (`x.js` starts `x.bundle.js`) from V8's code cache, which halves the time to load it.
// Each command has a cache of its own, in `.cache` beside the program, with what its first good runs used; a cache that
// this Node refuses (another version, other flags) is written anew. Nothing depends on a cache being there.

"use strict";
const NEEDED = 20;
if (Number(process.versions.node.split(".")[0]) < NEEDED) {
  // Whoever installs packages on a host may have brought this one: the bundle would fail somewhere, and not say why.
  process.stderr.write(
    `slipway: Node.js ${process.version} (${process.execPath}) is too old; ${NEEDED} or newer is needed\n` +
      "hint: install a newer one, or put it first on the PATH\n",
  );
  process.exit(1);
}
const { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { basename, join } = require("node:path");
const { Module } = require("node:module");
const { Script } = require("node:vm");

/** Good runs that add to a cache: one alone may have had nothing to do. */
const RUNS = 3;
const ABOUT_BYTES = 128;

const program = __filename.replace(/\.js$/, "");
const folder = join(__dirname, ".cache");
const cacheFile = join(folder, `${basename(program)}${command()}`);

function command() {
  const [first = "", second = ""] = process.argv.slice(2);
  const called = ["cli", "ahead"].includes(first) ? `${first}.${second}` : first;
  const name = process.argv.includes("--help") ? "--help" : called;
  return /^[a-z.-]{1,32}$/.test(name) ? `.${name}` : "";
}

/** V8 takes a cache for that of any source of the same length: which file it is of stands at its end, in JSON. */
function readCache() {
  try {
    const content = readFileSync(cacheFile);
    const about = JSON.parse(content.subarray(-ABOUT_BYTES).toString());
    if (about.bundle === bundle) return { data: content.subarray(0, -ABOUT_BYTES), runs: about.runs };
  } catch {
    // There is none, or none that is whole.
  }
  return { data: undefined, runs: 0 };
}

function writeCache(runs) {
  const mine = `${cacheFile}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    const about = Buffer.alloc(ABOUT_BYTES, " ");
    about.write(JSON.stringify({ bundle, runs }));
    writeFileSync(mine, Buffer.concat([script.createCachedData(), about]));
    renameSync(mine, cacheFile);
  } catch {
    // A read-only or full disk: the next start is as slow as this one.
  }
}

/** Of one file, though another takes its name meanwhile. */
function readBundle() {
  const file = openSync(filename, "r");
  const { size, mtimeMs, ino } = fstatSync(file);
  const source = readFileSync(file, "latin1");
  closeSync(file);
  return { source, bundle: `${size} ${mtimeMs} ${ino}` };
}

const filename = `${program}.bundle.js`;
const { source, bundle } = readBundle();
const cache = readCache();
const script = new Script(Module.wrap(source), { filename, cachedData: cache.data });
const runs = script.cachedDataRejected === false ? cache.runs : 0;
if (runs < RUNS) process.once("exit", (code) => code === 0 && writeCache(runs + 1));
script.runInThisContext().call(module.exports, exports, require, module, filename, __dirname);
