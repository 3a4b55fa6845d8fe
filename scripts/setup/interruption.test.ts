import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A setup of one step, which says `begun`; like the real one it ends with the exit code of its error. */
const setup = (lock: string, step: string) => `
  require("ts-node/register/transpile-only");
  const { onlySetup } = require("./only-setup");
  const { Progress } = require("./progress");
  const say = (text) => require("node:fs").writeSync(2, text + "\\n");
  const never = new Promise(() => setInterval(() => undefined, 1000));
  const progress = new Progress((line) => say(line.trimEnd()));
  onlySetup(${JSON.stringify(lock)}, progress, async () => { ${step} }).catch((error) => {
    say(error.message);
    process.exit(error.exitCode ?? 1);
  });`;

/** Pushes to a registry that a fake engine has, without an end. */
const PUSHING = `
  const { withRegistry, push } = require("./registry-content");
  const server = require("node:http").createServer((_, answer) => answer.end()).listen(0);
  const isRunning = { Running: true };
  const Ports = { "5000/tcp": [{ HostPort: server.address().port }] };
  const gone = Object.assign(new Error("no such container"), { statusCode: 404 });
  const container = (name) => ({
    id: "made",
    start: async () => undefined,
    inspect: async () => name === "made" ? { State: isRunning, NetworkSettings: { Ports } } : Promise.reject(gone),
    remove: async () => say("removed " + name),
  });
  const image = {
    tag: async () => undefined,
    push: () => {
      say("begun");
      return never;
    },
    remove: async () => say("untagged"),
  };
  const engine = {
    createVolume: async () => undefined,
    createContainer: async ({ name }) => container(name === "slipway-local-registry-setup" ? "made" : name),
    getContainer: container,
    getImage: () => image,
  };
  const sample = { name: "sample", version: "1" };
  await withRegistry(engine, "registry", (address) => push(engine, "sample", sample, address));`;
const RECEIVED = "slipway: ^C received; stopping, and tidying up what is half made. To stop at once, press ^C again\n";
const INTERRUPTED = "setup was interrupted; the next one goes on with what is made already\n";

describe("Ctrl-C in a setup", function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-interrupted-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Sends SIGINT when the step has begun, and again whenever `again` is said. */
  async function interrupt(step: string, { begun = "begun", again = "\0" } = {}) {
    const child = spawn(process.execPath, ["-e", setup(join(folder, "lock"), step)], { cwd: __dirname });
    let said = "";
    let sent = 0;
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
      const due = (said.includes(begun) ? 1 : 0) + (said.includes(again) ? 1 : 0);
      // What comes again within 100 ms counts as the same.
      if (due > sent) setTimeout(() => child.kill("SIGINT"), sent * 200);
      sent = due;
    });
    const [code, signal] = await once(child, "close");
    return { code, signal, said };
  }

  it("says so, removes the registry that is pushed to, and one that was left before", async () => {
    const { code, said } = await interrupt(PUSHING);
    assert.equal(
      said,
      `removed slipway-local-registry-setup\nbegun\n${RECEIVED}untagged\nremoved made\n${INTERRUPTED}`,
    );
    assert.equal(code, 130);
  });

  it("ends what was started, and waits for that", async () => {
    const pid = join(folder, "pid");
    const script = `echo $$ > ${pid}; echo >&2; exec sleep 600`;
    const step = `
      const { runLogged } = require("./run-logged");
      const running = runLogged(["sh", "-c", ${JSON.stringify(script)}], ${JSON.stringify(join(folder, "log"))});
      setTimeout(() => say("begun"), 500);
      await running;`;
    const { code, said } = await interrupt(step);
    assert.deepEqual([code, said], [130, `begun\n${RECEIVED}${INTERRUPTED}`]);
    assert.throws(() => process.kill(Number(readFileSync(pid, "utf8")), 0), { code: "ESRCH" });
  });

  it("goes on to nothing after a step that could not be ended", async () => {
    const { code, said } = await interrupt(`say("begun"); await new Promise((done) => setTimeout(done, 1000));`);
    assert.deepEqual([code, said], [130, `begun\n${RECEIVED}${INTERRUPTED}`]);
  });

  it("ends the wait for another setup", async () => {
    const other = spawn(process.execPath, ["-e", setup(join(folder, "lock"), `say("begun"); await never;`)], {
      cwd: __dirname,
    });
    try {
      await once(other.stderr, "data");
      const { code, said } = await interrupt("say('must not begin')", { begun: "waiting" });
      assert.equal(code, 130);
      assert.ok(said.endsWith(RECEIVED + INTERRUPTED), said);
    } finally {
      other.kill("SIGKILL");
    }
  });

  it("ends it at once when it comes again", async () => {
    const { code, said } = await interrupt(`say("begun"); await never;`, { again: "received" });
    assert.deepEqual([code, said], [130, `begun\n${RECEIVED}`]);
  });
});
