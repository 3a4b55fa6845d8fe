import assert from "node:assert/strict";
import type { EngineEvent } from "../events";
import type { Engine, RunKind, RunOptions, RunResult } from "../index";
import type { ProjectFile } from "../stack-file/project-file";
import { Run, type RunFlags } from "./run";

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

describe("a run by Pulumi's own CLI", () => {
  const given: RunOptions[] = [];
  const engine = {
    description: "fake",
    showsItself: true,
    async preview(_: string, options: RunOptions) {
      given.push(options);
      return done;
    },
    bareName: (typed: string) => typed,
  } as unknown as Engine;
  const always = { color: "never", stack: "dev", toStderr: true } as const;
  beforeEach(() => given.splice(0));

  it("PU-02 is refused with flags that would be lost on the way, by name", async () => {
    const refused: [RunKind, Partial<RunFlags>, string][] = [
      ["update", { json: true, eventLog: "/nowhere" }, "--json, --event-log"],
      ["update", { showSecrets: true }, "--show-secrets"],
      ["refresh", { diff: true, continueOnError: true }, "--diff, --continue-on-error"],
      ["destroy", { diff: true }, "--diff"],
    ];
    for (const [kind, flags, names] of refused) {
      const message = `${names}: use \`pulumi\` itself, or SLIPWAY_ENGINE=embedded`;
      await assert.rejects(Run.with(engine, project, kind, { ...always, ...flags }, {}), { message, exitCode: 2 });
    }
  });

  it("PU-02 gets the flags that it takes", async () => {
    await printed(async () => {
      const flags = { ...always, diff: true, debug: true, continueOnError: true };
      await (await Run.with(engine, project, "update", flags, {})).preview();
    });
    const [{ printing, continueOnError } = {}] = given;
    assert.deepEqual([printing?.diff, printing?.debug, continueOnError], [true, true, true]);
  });

  it("PU-02 shows every property for `details`, where it can, and offers them nowhere else", async () => {
    const asked: string[] = [];
    const answers = ["details", "no"];
    const asking = require("./ask") as { ask: unknown };
    const { ask } = asking;
    asking.ask = async (_: string, offered: string[]) => {
      asked.push(offered.join(" "));
      return offered.includes("details") ? answers.shift() : "no";
    };
    try {
      await printed(async () => {
        for (const kind of ["update", "destroy"] as const) {
          assert.equal(await (await Run.with(engine, project, kind, always, {})).isConfirmed(), false);
        }
      });
    } finally {
      asking.ask = ask;
    }
    assert.deepEqual(asked, ["yes no details", "yes no details", "yes no"]);
    assert.deepEqual(
      given.map(({ printing }) => printing?.diff),
      [true],
    );
  });
});
