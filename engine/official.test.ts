import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StepTimes } from "../scripts/deploy/step-times";
import type { EngineEvent } from "./events";
import { OfficialEngine } from "./official";
import { localPassphraseFile } from "./secrets/passphrase";
import { readProjectFile } from "./stack-file/project-file";
import { StackLockedError } from "./state/stack-lock";

/** Writes down with which passphrase file it was called. */
const PULUMI = `#!/bin/sh
[ "$1" = version ] && { echo v3.260.0; exit; }
echo "\${PULUMI_CONFIG_PASSPHRASE_FILE-none}" >> calls
echo '{}'
`;

/** An update that fails, told of as Pulumi's own CLI does it since 3.205: over gRPC, to the address in `--event-log`. */
const UPDATING = `#!${process.execPath}
const [command, ...args] = process.argv.slice(2);
if (command === "version") console.log("v3.260.0");
else if (command !== "up") console.log("{}");
else {
  const grpc = require(${JSON.stringify(require.resolve("@grpc/grpc-js"))});
  const { EventsClient } = require(${JSON.stringify(require.resolve("@pulumi/pulumi/proto/events_grpc_pb"))});
  const { EventRequest } = require(${JSON.stringify(require.resolve("@pulumi/pulumi/proto/events_pb"))});
  const address = args[args.indexOf("--event-log") + 1].replace("tcp://", "");
  const client = new EventsClient(address, grpc.credentials.createInsecure());
  const stream = client.streamEvents(() => process.exit(255));
  for (const line of require("node:fs").readFileSync("events", "utf8").trim().split("\\n")) {
    const request = new EventRequest();
    request.setEvent(line);
    stream.write(request);
  }
  stream.end();
}
`;
/** Fails every run, and writes down with which arguments it was called. */
const ARGUMENTS = `#!/bin/sh
[ "$1" = version ] && { echo v3.260.0; exit; }
case $1 in up | refresh) echo "$@" >> calls; exit 255 ;; esac
echo '{}'
`;
const LOCKED = `#!/bin/sh
[ "$1" = version ] && { echo v3.260.0; exit; }
[ "$1" = up ] || { echo '{}'; exit; }
echo "error: the stack is currently locked by 1 lock(s). Either wait
  file:///lock.json: created by ann@laptop (pid 7)" >&2
exit 255
`;
const ROLLOUT = "urn:pulumi:local::slipway::command:local:Command::hello-rollout";

describe("Pulumi's own CLI as the engine, its calls", () => {
  let root: string;
  const path = process.env.PATH;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-"));
    writeFileSync(join(root, "Pulumi.yaml"), "name: slipway\nruntime: nodejs\n");
    writeFileSync(join(root, "pulumi"), PULUMI);
    chmodSync(join(root, "pulumi"), 0o755);
    process.env.PATH = `${root}:${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(root, { recursive: true });
  });

  it("give the generated passphrase to stack `local`, and to no other", async () => {
    const engine = await OfficialEngine.open(await readProjectFile(join(root, "Pulumi.yaml")), {});
    for (const stack of ["local", "prod", "organization/slipway/local"]) {
      await engine.config(stack, false);
      await engine.exportStack(stack, false);
    }
    const own = localPassphraseFile(root);
    const given = readFileSync(join(root, "calls"), "utf8").trim().split("\n");
    assert.deepEqual(given, [own, own, "none", "none", own, own]);
  });

  it("tell of steps and errors as the embedded engine does", async () => {
    writeFileSync(join(root, "pulumi"), UPDATING);
    const state = { urn: ROLLOUT, type: "command:local:Command", parent: "urn:of:hello" };
    const metadata = { op: "create", urn: ROLLOUT, type: state.type, new: state, provider: "" };
    const events = [
      { preludeEvent: { config: {} } },
      { resourcePreEvent: { metadata, planning: true } },
      { resOutputsEvent: { metadata } },
      { diagnosticEvent: { urn: ROLLOUT, message: "no good\n", color: "never", severity: "error" } },
      { resOpFailedEvent: { metadata, status: 2, steps: 1 } },
      { summaryEvent: { maybeCorrupt: false, durationSeconds: 1, resourceChanges: {}, PolicyPacks: {} } },
      { cancelEvent: {} },
    ];
    const lines = events.map((event, sequence) => JSON.stringify({ sequence, timestamp: 0, ...event }));
    writeFileSync(join(root, "events"), `${lines.join("\n")}\n`);
    const engine = await OfficialEngine.open(await readProjectFile(join(root, "Pulumi.yaml")), {});
    const told: EngineEvent[] = [];
    const { result } = await engine.up("local", { onEvent: (event) => told.push(event) });
    assert.equal(result, "failed");
    const step = { ...metadata, old: null, detailedDiff: null, logical: true };
    assert.deepEqual(told, [
      { kind: "resourcePre", metadata: step, planning: true },
      { kind: "resOutputs", metadata: step, planning: false },
      { kind: "diagnostic", urn: ROLLOUT, message: "no good\n", severity: "error" },
      { kind: "resOpFailed", metadata: step, status: 2, steps: 1 },
    ]);
    const times = new StepTimes();
    for (const event of told) times.event(event);
    assert.equal(times.isRolledOut, true);
  });

  it("PU-02 pass on how a run is to be shown, and what a refresh forgets in its preview too", async () => {
    writeFileSync(join(root, "pulumi"), ARGUMENTS);
    const engine = await OfficialEngine.open(await readProjectFile(join(root, "Pulumi.yaml")), {});
    await engine.up("local", { printing: { diff: true, debug: true } });
    await engine.preview("local", { clearPendingCreates: true, printing: { debug: true } }, "refresh");
    const [up = "", refresh = ""] = readFileSync(join(root, "calls"), "utf8").trim().split("\n");
    for (const flag of ["--diff", "--debug"]) assert.ok(up.includes(` ${flag} `), up);
    for (const flag of ["--clear-pending-creates", "--debug"]) assert.ok(refresh.includes(` ${flag} `), refresh);
  });

  it("name who has the stack, for whoever waits", async () => {
    writeFileSync(join(root, "pulumi"), LOCKED);
    const engine = await OfficialEngine.open(await readProjectFile(join(root, "Pulumi.yaml")), {});
    await assert.rejects(engine.up("local", {}), (error: Error) => {
      assert.ok(error instanceof StackLockedError);
      assert.match(error.message, /^the stack is currently locked .*\n {2}file:.*created by ann@laptop \(pid 7\)$/);
      return true;
    });
  });
});
