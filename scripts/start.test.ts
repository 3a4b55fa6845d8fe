import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

const SCRIPT = resolve(__dirname, "../slipway");
/** Notes that it ran, and leaves what the real one does. */
const NPM = `#!/bin/sh
echo "npm $*" >>"$NOTES"
if [ -n "\${NPM_FAILS:-}" ]; then echo "registry unreachable"; exit 1; fi
sleep 0.1
mkdir -p node_modules && touch node_modules/.package-lock.json
`;
const BUILD = `
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
appendFileSync(process.env.NOTES, "build\\n");
const folder = new URL("../.slipway/build/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("slipway.js", folder), "console.log(process.cwd(), ...process.argv.slice(2));");
writeFileSync(new URL("stamp", folder), "");
`;

describe("the entry script", function () {
  this.timeout(20_000);
  let folder: string;
  let root: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-start-"));
    root = join(folder, "checkout");
    for (const path of ["checkout/scripts", "checkout/engine", "bin", "elsewhere"]) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    copyFileSync(SCRIPT, join(root, "slipway"));
    chmodSync(join(root, "slipway"), 0o755);
    writeFileSync(join(root, "package-lock.json"), "{}");
    writeFileSync(join(root, "scripts/build.mjs"), BUILD);
    writeFileSync(join(root, "engine/plan.ts"), "");
    writeFileSync(join(folder, "bin/npm"), NPM, { mode: 0o755 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function start(env: NodeJS.ProcessEnv = {}, script = join(root, "slipway")) {
    const child = spawn(script, ["up", "two words"], {
      cwd: join(folder, "elsewhere"),
      env: {
        ...process.env,
        PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}`,
        NOTES: notesFile(),
        ...env,
      },
    });
    const run = { code: null as number | null, stdout: "", stderr: "" };
    for (const channel of ["stdout", "stderr"] as const) {
      child[channel].setEncoding("utf8").on("data", (text) => {
        run[channel] += text;
      });
    }
    return new Promise<typeof run>((done) => child.on("close", (code) => done({ ...run, code })));
  }

  const notesFile = () => join(folder, "notes");
  const notes = () => readFileSync(notesFile(), "utf8").trim().split("\n");

  it("installs packages and builds on the first start, neither on the second, and keeps folder and arguments", async () => {
    const first = await start();
    assert.deepEqual(first, {
      code: 0,
      stdout: `${join(folder, "elsewhere")} up two words\n`,
      stderr: "slipway: installing Node packages\n",
    });
    assert.deepEqual(notes(), ["npm ci --include=dev --ignore-scripts --no-audit --no-fund --loglevel=error", "build"]);
    const second = await start();
    assert.deepEqual(second, { ...first, stderr: "" });
    assert.equal(notes().length, 2);
  });

  it("builds again after a source changed or went, and installs again after the lock file changed", async () => {
    await start();
    const later = new Date(Date.now() + 5000);
    utimesSync(join(root, "engine/plan.ts"), later, later);
    await start();
    assert.deepEqual(notes().slice(2), ["build"]);

    utimesSync(join(root, "engine/plan.ts"), 1, 1);
    rmSync(join(root, "engine/plan.ts"));
    await start();
    assert.deepEqual(notes().slice(3), ["build"]);

    utimesSync(join(root, "package-lock.json"), later, later);
    await start();
    assert.match(notes()[4] ?? "", /^npm ci/);
  });

  it("works through links, also relative ones", async () => {
    symlinkSync("checkout/slipway", join(folder, "near"));
    symlinkSync(join(folder, "near"), join(folder, "bin/far"));
    const { code, stdout } = await start({}, join(folder, "bin/far"));
    assert.equal(code, 0);
    assert.match(stdout, /elsewhere up two words/);
  });

  it("prepares once for two that start together", async () => {
    const runs = await Promise.all([start(), start()]);
    assert.deepEqual(
      runs.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(notes().length, 2);
  });

  it("shows why packages could not be installed, and starts nothing", async () => {
    const { code, stdout, stderr } = await start({ NPM_FAILS: "1" });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /registry unreachable\nslipway: npm ci failed\nhint: .*npm\.log/);
    assert.deepEqual(notes().length, 1);
  });

  it("refuses an old Node.js, naming its version and the one needed", async () => {
    writeFileSync(join(folder, "bin/node"), '#!/bin/sh\n[ "$1" = -v ] && echo v18.20.4 || echo 18\n', { mode: 0o755 });
    const { code, stderr } = await start();
    assert.equal(code, 1);
    assert.match(stderr, /^slipway: Node\.js v18\.20\.4 is too old; 20 or newer is needed\nhint: /);
  });
});
