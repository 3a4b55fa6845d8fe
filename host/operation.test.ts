import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { until } from "../test/support/until";
import { layout } from "./layout";
import { Log } from "./log";
import { type Operation, OperationLostError, operationId, runOperation, takeOperation } from "./operation";
import type { Units } from "./transient-unit";

/** What an operation does in these tests: says that it began, waits for a file, says its result, and ends with 3. */
const SCRIPT = `rm "$0/request.json"; echo began; echo trouble >&2
until [ -e "$0/go" ]; do sleep 0.02; done
echo '{"project":"shop"}'; printf 3 > "$0/exit.tmp"; mv "$0/exit.tmp" "$0/exit"`;

describe("an operation", () => {
  let folder: string;
  let children: Map<string, ChildProcess>;
  let starts: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-operation-"));
    children = new Map();
    starts = [];
  });
  afterEach(() => {
    for (const child of children.values()) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  /** Processes of their own, as systemd's are. */
  const units: Units = {
    async start(name, { command: [program = "", ...args], stdout, stderr }) {
      starts.push(name);
      const stdio = ["ignore" as const, openSync(stdout, "a"), openSync(stderr, "a")];
      children.set(name, spawn(program, args, { stdio, detached: true }));
    },
    async isRunning(name) {
      const child = children.get(name);
      return child !== undefined && child.exitCode === null && child.signalCode === null;
    },
  };

  const rollout: Operation = { verb: "rollout", request: { project: "shop", release: "3f2a91c04e" } };

  function call(operation: Operation) {
    const text = { stdout: "", stderr: "" };
    const into = (channel: keyof typeof text) =>
      new Writable({
        write(chunk, _encoding, done) {
          text[channel] += chunk;
          done();
        },
      });
    const output = { stdout: into("stdout"), stderr: into("stderr") };
    const log = new Log(join(folder, "log"));
    const exitCode = runOperation(layout(folder), log, units, ["sh", "-c", SCRIPT], operation, output);
    exitCode.catch(() => undefined); // Awaited by the test, perhaps after it failed.
    return { text, exitCode };
  }

  const place = (operation: Operation) => join(layout(folder).operations, operationId(operation));
  const finish = (operation: Operation) => writeFileSync(join(place(operation), "go"), "");

  it("fault 34 hands on what its process prints, as it comes, and ends with its exit code", async () => {
    const { text, exitCode } = call(rollout);
    await until("its first line", () => text.stdout === "began\n");
    await until("its warning", () => text.stderr === "trouble\n");
    finish(rollout);
    assert.equal(await exitCode, 3);
    assert.equal(text.stdout, 'began\n{"project":"shop"}\n');
  });

  it("fault 34 a second call for the same follows the one that runs, and hears all of it", async () => {
    const first = call(rollout);
    await until("its first line", () => first.text.stdout === "began\n");
    const second = call({ verb: "rollout", request: { ...rollout.request } });
    await until("the same line", () => second.text.stdout === "began\n");
    finish(rollout);
    assert.deepEqual(await Promise.all([first.exitCode, second.exitCode]), [3, 3]);
    assert.deepEqual(second.text, first.text);
    assert.equal(starts.length, 1);
  });

  it("another release, another verb, or the same once more after its end is another operation", async () => {
    const other: Operation = { verb: "rollout", request: { project: "shop", release: "9be2f04c11" } };
    const migrate: Operation = { verb: "migrate", request: rollout.request };
    for (const operation of [rollout, other, migrate, rollout]) {
      const { text, exitCode } = call(operation);
      await until("its first line", () => text.stdout === "began\n");
      finish(operation);
      assert.equal(await exitCode, 3);
    }
    assert.equal(starts.length, 4);
    assert.equal(new Set(starts).size, 3);
  });

  it("fault 34 one that is killed is an error that says so, and the next call starts anew", async () => {
    const { text, exitCode } = call(rollout);
    await until("its first line", () => text.stdout === "began\n");
    children.get(starts[0] as string)?.kill("SIGKILL");
    await assert.rejects(exitCode, OperationLostError);
    const again = call(rollout);
    await until("its first line", () => again.text.stdout === "began\n");
    finish(rollout);
    assert.equal(await again.exitCode, 3);
  });

  it("fault 41 its request is readable for nobody else, and gone when it is taken", async () => {
    const request = { project: "shop", env: { TOKEN: "canary" } };
    const { exitCode } = call({ verb: "migrate", request });
    const path = place({ verb: "migrate", request });
    await until("the request to be taken", () => starts.length === 1 && !existsSync(join(path, "request.json")));
    assert.equal(statSync(path).mode & 0o077, 0);
    finish({ verb: "migrate", request });
    await exitCode;

    writeFileSync(join(path, "request.json"), JSON.stringify({ verb: "migrate", request }));
    assert.deepEqual(await takeOperation(path), { verb: "migrate", request });
    assert.equal(existsSync(join(path, "request.json")), false);
    await assert.rejects(takeOperation(path), /has been taken already/);
    assert.doesNotMatch(readFileSync(join(path, "stdout"), "utf8"), /canary/);
  });
});
