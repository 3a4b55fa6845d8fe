import assert from "node:assert/strict";
import type { EngineEvent } from "../events";
import type { Engine, RunOptions, RunResult } from "../index";
import type { ProjectFile } from "../stack-file/project-file";
import { Run } from "./run";

const project = { name: "shop", root: __dirname } as ProjectFile;
const done: RunResult = { result: "succeeded", canceled: false, changes: {}, durationSeconds: 0 };

/** What a process prints to stderr meanwhile. */
async function printed(work: () => Promise<unknown>): Promise<string> {
  const { write } = process.stderr;
  let text = "";
  process.stderr.write = (part: string | Uint8Array) => {
    text += part;
    return true;
  };
  try {
    await work();
  } finally {
    process.stderr.write = write;
  }
  return text;
}

describe("the event log of a run", () => {
  it("ends where there is no room for it, saying so once; the run goes on", async () => {
    const event: EngineEvent = { kind: "diagnostic", message: "m", severity: "debug" };
    const engine = {
      description: "fake",
      async up(_: string, { onEvent }: RunOptions) {
        onEvent?.(event);
        onEvent?.(event);
        return done;
      },
      bareName: (typed: string) => typed,
    } as unknown as Engine;
    const heard: EngineEvent[] = [];
    const text = await printed(async () => {
      const flags = { color: "never", stack: "dev", toStderr: true, eventLog: "/dev/full" } as const;
      const run = await Run.with(engine, project, "update", flags, {});
      assert.deepEqual(await run.perform((event) => heard.push(event)), done);
    });
    assert.deepEqual(heard, [event, event]);
    const told =
      "warning: the event log /dev/full ends here, the run goes on: ENOSPC: no space left on device, write\n";
    assert.deepEqual(text.match(/warning: .*\n/g), [told]);
  });
});
