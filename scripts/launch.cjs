// Starts the bundle beside it (`x.js` starts `x.bundle.js`) from V8's code cache, which halves the time to load it.
// The first good run of each command writes its cache, holding what that command used; a cache that this Node refuses
// (another version, other flags) is written anew. Nothing depends on a cache being there.

"use strict";
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const { Module } = require("node:module");
const { Script } = require("node:vm");

const program = __filename.replace(/\.js$/, "");
const command = /^[a-z-]{1,32}$/.test(process.argv[2] ?? "") ? `.${process.argv[2]}` : "";
const cacheFile = `${program}${command}.cache`;

function readCache() {
  try {
    return readFileSync(cacheFile);
  } catch {
    return undefined;
  }
}

function writeCache() {
  const mine = `${cacheFile}.${process.pid}`;
  try {
    writeFileSync(mine, script.createCachedData());
    renameSync(mine, cacheFile);
  } catch {
    // A read-only or full disk: the next start is as slow as this one.
  }
}

const filename = `${program}.bundle.js`;
const script = new Script(Module.wrap(readFileSync(filename, "latin1")), { filename, cachedData: readCache() });
if (script.cachedDataRejected !== false) {
  process.once("exit", (code) => code === 0 && writeCache());
}
script.runInThisContext().call(module.exports, exports, require, module, filename, __dirname);
