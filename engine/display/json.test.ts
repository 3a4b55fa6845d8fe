import assert from "node:assert";
import { secret } from "../property-value";
import { EventLog } from "./event-log";
import { FAILED_UP, NGINX_URN, outputs, pre, STACK_URN, stackStep, state, step, summary } from "./events.fixture";
import { PreviewJson } from "./preview-json";

describe("JSON of events", () => {
  it("a line an event, numbered, in Pulumi's fields, secrets masked", () => {
    const lines: string[] = [];
    const log = new EventLog((line) => lines.push(line));
    for (const event of FAILED_UP) log.event(event);
    const parsed = lines.map((line) => JSON.parse(line));
    assert.deepEqual(
      parsed.map(({ sequence }) => sequence),
      FAILED_UP.map((_, index) => index),
    );
    assert.ok(parsed.every((line) => Number.isInteger(line.timestamp) && Object.keys(line).length === 3));
    assert.deepEqual(parsed[8].diagnosticEvent, {
      urn: NGINX_URN,
      prefix: "error: ",
      message: "port 8080 is taken\nby process 4711",
      color: "never",
      severity: "error",
    });
    const { outputs: shown } = parsed[12].resOutputsEvent.metadata.new;
    assert.deepEqual(shown.password, {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      ciphertext: "[secret]",
    });
    assert.deepEqual(parsed[13].summaryEvent, {
      ...{ maybeCorrupt: false, durationSeconds: 65, resourceChanges: { create: 3 }, PolicyPacks: {} },
      ...{ isPreview: false, result: "succeeded" },
    });
    assert.deepEqual(Object.keys(parsed[14]).at(-1), "cancelEvent");
    assert.ok(!lines.join("").includes("hush"));
  });

  it("PU-05 a preview is one object: counted steps with their states as in a state file", () => {
    const preview = new PreviewJson(false);
    const replace = {
      old: state(NGINX_URN, { id: "1", inputs: { image: "a" } }),
      new: state(NGINX_URN, { id: "1", inputs: { image: secret("hush") } }),
      keys: ["image"],
      diffs: ["image"],
      detailedDiff: { image: { diffKind: "update-replace" as const, inputDiff: true } },
      provider: "p::1",
    };
    preview.event({ kind: "prelude", config: { "shop:a": "b" } });
    preview.event(pre(stackStep("same", {}, {})));
    preview.event(pre(step("create-replacement", NGINX_URN, replace)));
    preview.event(pre(step("replace", NGINX_URN, replace)));
    preview.event(outputs(step("replace", NGINX_URN, replace)));
    preview.event({ kind: "diagnostic", urn: NGINX_URN, message: "mind the gap", severity: "warning" });
    preview.event(summary({ replace: 1, same: 1 }));
    const { duration, ...rest } = JSON.parse(preview.text());
    assert.ok(duration > 0);
    const container = { urn: NGINX_URN, custom: true, id: "1", type: "docker:index/container:Container" };
    const parent = NGINX_URN.replace("$docker:index/container:Container::gateway-nginx", "::gateway");
    const stack = { urn: STACK_URN, custom: false, type: "pulumi:pulumi:Stack" };
    assert.deepEqual(rest, {
      config: { "shop:a": "b" },
      steps: [
        { op: "same", urn: STACK_URN, oldState: stack, newState: stack, detailedDiff: null },
        {
          op: "replace",
          urn: NGINX_URN,
          provider: "p::1",
          oldState: { ...container, inputs: { image: "a" }, parent },
          newState: { ...container, inputs: { image: "[secret]" }, parent },
          diffReasons: ["image"],
          replaceReasons: ["image"],
          detailedDiff: { image: { kind: "update-replace", inputDiff: true } },
        },
      ],
      diagnostics: [{ urn: NGINX_URN, message: "warning: mind the gap", severity: "warning" }],
      changeSummary: { replace: 1, same: 1 },
    });
  });
});
