import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PropertyMap, UNKNOWN } from "../../property-value";
import type { CreateRequest } from "../../provider";
import { checkRequest, createRequest, deleteRequest, diffRequest, updateRequest } from "../requests.fixture";
import { commandPackage } from ".";
import { globPattern } from "./asset-paths";

const COMMAND = "command:local:Command";

describe("command:local:Command", () => {
  let directory: string;
  let lines: string[];
  const provider = () => commandPackage().configure({}, directory);
  const create = (inputs: PropertyMap, overrides: Partial<CreateRequest> = {}) =>
    provider().create({ ...createRequest(COMMAND, inputs, lines), ...overrides });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "slipway-command-"));
    lines = [];
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("has what it printed as outputs, without the last line feed, next to its inputs", async () => {
    const inputs = { create: "printf 'a\\nb\\n\\n'; echo err >&2; cat", stdin: "in", environment: { A: "1" } };
    const { id, outputs } = await create(inputs);
    assert.match(id, /^thing[0-9a-f]{8}$/);
    assert.deepEqual(outputs, { ...inputs, stdout: "a\nb\n\nin", stderr: "err" });
  });

  it("shows each line while it runs, of the streams asked for", async () => {
    const goOn = join(directory, "go-on");
    const running = create({ create: `echo first; while ! [ -e ${goOn} ]; do sleep 0.02; done; printf 'last\\nline'` });
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(lines, ["info: first"]);
    writeFileSync(goOn, "");
    await running;
    assert.deepEqual(lines, ["info: first", "info: last", "info: line"]);

    lines.length = 0;
    for (const logging of ["none", "stderr", "stdout"]) await create({ create: "echo out; echo err >&2", logging });
    assert.deepEqual(lines, ["info: err", "info: out"]);
  });

  it("runs by its interpreter, in its directory, with its environment", async () => {
    mkdirSync(join(directory, "sub"));
    const inputs = {
      create: "console.log(process.env.X, process.cwd().endsWith('sub'), !!process.env.PATH)",
      interpreter: ["node", "-e"],
      dir: "sub",
      environment: { X: "ex" },
    };
    assert.equal((await create(inputs)).outputs.stdout, "ex true true");
  });

  it("fails with the status, the command and the end of its output, never its environment or stdin", async () => {
    const inputs = { create: 'echo before; echo why >&2; exit "$S"', environment: { S: "3" }, stdin: "hush" };
    await assert.rejects(create(inputs), (error: Error) => {
      assert.match(error.message, /^exit status 3: running "echo before; echo why >&2; exit \\"\$S\\"":\n/);
      assert.deepEqual(error.message.split("\n").slice(1).sort(), ["", "before", "why"]);
      return true;
    });
    await assert.rejects(create({ create: "seq 1 100000; exit 1" }), (error: Error) => {
      assert.ok(error.message.length < 20_000);
      assert.match(error.message, /only the end of its output\)\n\d+\n(.|\n)*\n100000\n$/);
      return true;
    });
  });

  it("says which directory or interpreter is missing", async () => {
    await assert.rejects(create({ create: "true", dir: "nowhere" }), /dir ".*nowhere" does not exist: running "true"/);
    await assert.rejects(create({ create: "x", interpreter: ["no-such"] }), /interpreter "no-such" is not installed/);
    await assert.rejects(create({ create: "kill -9 $$" }), /signal: SIGKILL: running/);
  });

  it("an abort ends the command and everything that it started", async () => {
    const abort = new AbortController();
    const running = create({ create: "sleep 60 & echo $!; wait" }, { signal: abort.signal });
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const grandchild = Number(lines[0]?.replace("info: ", ""));
    abort.abort(new DOMException("", "TimeoutError"));
    await assert.rejects(running, /signal: killed, its time limit was over: running "sleep 60/);
    // The kernel ends one process after the other.
    const deadline = Date.now() + 2000;
    while (isRunning(grandchild) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(!isRunning(grandchild));
    await assert.rejects(create({ create: "echo never" }, { signal: AbortSignal.abort() }), /not started, the run was/);
  });

  it("an update runs `update`, else `create`, and finds the last output in its environment", async () => {
    const inputs = { create: "echo created", update: "echo from $PULUMI_COMMAND_STDOUT$PULUMI_COMMAND_STDERR" };
    const old = { ...(await create(inputs)), inputs };
    const { outputs } = await provider().update(updateRequest(COMMAND, old, { ...inputs, environment: {} }, lines));
    assert.deepEqual(outputs, { ...inputs, environment: {}, stdout: "from created", stderr: "" });
    const silent = { create: "echo [$PULUMI_COMMAND_STDOUT]", addPreviousOutputInEnv: false };
    assert.equal((await provider().update(updateRequest(COMMAND, old, silent, lines))).outputs.stdout, "[]");
  });

  it("a delete runs what the last create or update recorded, and nothing where nothing is", async () => {
    const inputs = { create: "echo one", delete: `echo $PULUMI_COMMAND_STDOUT > ${directory}/deleted` };
    const old = { ...(await create(inputs)), inputs };
    await provider().delete(deleteRequest(COMMAND, old));
    assert.equal(readFileSync(join(directory, "deleted"), "utf8"), "one\n");
    await provider().delete(deleteRequest(COMMAND, { ...old, outputs: { create: `touch ${directory}/no` } }));
    assert.equal(existsSync(join(directory, "no")), false);
  });

  it("a changed trigger replaces, any other change updates", async () => {
    const old = { create: "a", triggers: ["1", { a: [true] }], environment: { A: "1" }, delete: "x" };
    const now = { create: "b", triggers: ["2", { a: [true] }], environment: { A: "2" }, stdin: "" };
    assert.deepEqual(await provider().diff(diffRequest(COMMAND, old, {}, now)), {
      changes: "some",
      diffs: ["create", "delete", "environment", "stdin", "triggers"],
      detailedDiff: {
        create: { kind: "update", inputDiff: false },
        "triggers[0]": { kind: "update-replace", inputDiff: false },
        "environment.A": { kind: "update", inputDiff: false },
        delete: { kind: "delete", inputDiff: false },
        stdin: { kind: "add", inputDiff: false },
      },
    });
    assert.deepEqual(await provider().diff(diffRequest(COMMAND, old, {}, { ...old })), { changes: "none" });
  });

  it("PU-05 its output is unknown in a preview, before its creation and where an input changes", () => {
    const request = updateRequest(
      COMMAND,
      { id: "i", inputs: { create: "a", stdin: "1" }, outputs: { create: "a", stdin: "1", stdout: "s", stderr: "" } },
      { create: "a", stdin: "2" },
    );
    assert.deepEqual(provider().previewUpdate?.(request), {
      create: "a",
      stdin: "2",
      stdout: UNKNOWN,
      stderr: UNKNOWN,
    });
    const added = { ...request, inputs: { create: "a", stdin: "1", dir: "." } };
    assert.deepEqual(provider().previewUpdate?.(added), { ...added.inputs, stdout: "s", stderr: "" });
    const { inputs } = createRequest(COMMAND, { create: "a" });
    assert.deepEqual(provider().previewCreate?.(createRequest(COMMAND, inputs)), {
      create: "a",
      stdout: UNKNOWN,
      stderr: UNKNOWN,
    });
  });

  it("files found after the run are assets and an archive, with the hashes that Pulumi gives them", async () => {
    mkdirSync(join(directory, "sub"));
    const inputs = {
      create: "echo hello from a file > hello.txt; echo > no.md",
      dir: "sub",
      assetPaths: ["*", "!*.md"],
      archivePaths: ["*.txt"],
    };
    const { outputs } = await create(inputs);
    const asset = {
      "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
      hash: "bffc61ff16a681ec509e5f20b56017cc17c75f9e9f98bd44450e493acfaf0f71",
      path: "sub/hello.txt",
    };
    assert.deepEqual(outputs.assets, { "hello.txt": asset });
    assert.deepEqual(outputs.archive, {
      "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
      assets: { "hello.txt": asset },
      hash: "0b2f176ad06f5eb9b9cd2e8757d72244279e995a8a53f39892ef5641d2b66d92",
    });
  });

  it("globs mean what they mean to Pulumi", () => {
    for (const [glob, matching, other] of [
      ["*.txt", "a.txt", "b/a.txt"],
      ["src/**.js", "src/a/b.js", "src/a/b.ts"],
      ["**secret.*", "a/secret.b", "a/secrets"],
      ["a?[0-9].{x,y}", "ab1.y", "ab1.z"],
      ["[!a].t", "b.t", "a.t"],
    ] as const) {
      assert.match(matching, globPattern(glob));
      assert.doesNotMatch(other, globPattern(glob));
    }
  });

  it("wrong inputs are refused by name, all at once, without their values", async () => {
    const { failures } = await provider().check(
      checkRequest(COMMAND, { create: 1, nonsense: "hush", logging: "loud", environment: { A: 1 }, stdin: UNKNOWN }),
    );
    assert.deepEqual(
      failures?.map(({ property }) => property),
      ["create", "nonsense", "logging", "environment"],
    );
    assert.doesNotMatch(JSON.stringify(failures), /hush/);
  });
});

/** A process that has ended may still wait for its parent to notice. */
function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, "utf8"));
}

describe("command:local:run", () => {
  const run = (args: PropertyMap, lines: string[] = []) =>
    commandPackage()
      .configure({})
      .invoke({
        token: "command:local:run",
        args,
        signal: new AbortController().signal,
        log: (severity, message) => lines.push(`${severity}: ${message}`),
      });

  it("answers its arguments and what the command printed", async () => {
    const lines: string[] = [];
    assert.deepEqual(await run({ command: "echo $E; echo oops >&2", environment: { E: "env" } }, lines), {
      command: "echo $E; echo oops >&2",
      environment: { E: "env" },
      stdout: "env",
      stderr: "oops",
    });
    assert.deepEqual(lines.sort(), ["info: env", "info: oops"]);
  });

  it("fails like a command, and without one", async () => {
    await assert.rejects(run({ command: "echo partial; exit 3" }), /exit status 3: running .*:\npartial\n$/);
    await assert.rejects(run({}), /command:local:run: command is missing/);
  });
});
