// Compiles the programs into `.slipway/build`, each into one file that loads nothing from `node_modules` but what is
// native or rarely used. A build is a folder of its own and `build` a link to the newest, switched in one rename: a
// process that is running keeps the files it started with.

import { copyFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { sdkTrims } from "../engine/program/sdk-trims.mjs";
import { makeCurrent, removeOld } from "./build-folders.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = join(root, ".slipway");
const id = `${digits(new Date())}-${process.pid}`;
const target = join(work, "builds", id);

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  // The launcher reads the bundle as one byte a character, which V8 loads faster.
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
  // Native, optional, or only a development tool that a library asks for: loaded from node_modules when used.
  external: ["bcrypt", "cpu-features", "*.node", "typescript", "esbuild", "@pulumi/pulumi/automation"],
};

/** A program that starts through `launch.cjs`, with V8's code cache. */
async function launched(name, entry, plugins = []) {
  const outfile = join(target, `${name}.bundle.js`);
  // A script from the code cache has lost what `import()` needs, so that one becomes `require`.
  await build({ ...common, plugins, entryPoints: [entry], outfile, supported: { "dynamic-import": false } });
  copyFileSync(join(root, "scripts/launch.cjs"), join(target, `${name}.js`));
}

/**
 * What the Docker client loads for features that are not used here, left empty, which halves the time to load the client:
 * BuildKit sessions, and in the host program engines behind ssh, too.
 */
function unused(modules) {
  return {
    name: "unused",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^(${modules.join("|")})$`) }, ({ path, importer }) =>
        /\/node_modules\/(dockerode|docker-modem)\//.test(importer) ? { path, namespace: "unused" } : undefined,
      );
      onLoad({ filter: /./, namespace: "unused" }, () => ({ contents: "module.exports = {};" }));
    },
  };
}
const SESSIONS = ["@grpc/grpc-js", "@grpc/proto-loader"];

/** The commands that a host has beside its program. */
const LAUNCHERS = ["backup.sh", "restore.sh", "rollback.sh", "health-check.sh", "deployment-status.sh", "runs.sh"];

/** Where stack local has the host program, and what other hosts get a copy of. */
function install() {
  const installed = join(work, "opt/slipway");
  mkdirSync(installed, { recursive: true });
  for (const name of ["host.bundle.js", "host.js"]) {
    copyFileSync(join(target, name), join(installed, `.${name}.${process.pid}`));
    renameSync(join(installed, `.${name}.${process.pid}`), join(installed, name));
  }
  for (const launcher of LAUNCHERS) copyFileSync(join(root, "scripts", launcher), join(installed, launcher));
}

mkdirSync(target, { recursive: true });
writeFileSync(join(target, "stamp"), ""); // Before the sources are read: a later edit is newer.

await Promise.all([
  launched("slipway", "scripts/slipway.ts", [unused(SESSIONS)]),
  launched("run", "engine/program/run.ts", [sdkTrims]),
  launched("host", "host/main.ts", [unused([...SESSIONS, "ssh2"])]),
  launched("plain-secrets", "scripts/git-hooks/main.ts"),
]);
install();

makeCurrent(work, id);
removeOld(work);

/** A time as text that sorts like it. */
function digits(time) {
  return time.toISOString().replace(/\D/g, "");
}
