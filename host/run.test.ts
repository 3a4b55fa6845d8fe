import { strict as assert } from "node:assert";
import { type RunsQuestion, runsOutput } from "./cli/runs";
import type { RunRecords } from "./run-records";

const DEPLOY = "20260304-050000-aaaaaa";
const BACKUP = "20260304-050500-bbbbbb";
const GOING = "20260304-050600-eeeeee";
const KILLED = "20260304-050700-ffffff";
const UP = "20260304-050900-cccccc";
const CHECK = "20260304-051000-dddddd";

const at = (time: string) => `2026-03-04T${time}.000Z`;
const RECORDS: RunRecords = {
  records: [
    { run: DEPLOY, at: at("05:00:00"), level: "INFO", message: `Run ${DEPLOY}` },
    { run: DEPLOY, at: at("05:00:00"), command: "deploy shop 1.1.0", by: "ann@laptop" },
    { run: DEPLOY, at: at("05:00:01"), level: "ERROR", message: "release bbbb is not healthy" },
    { run: DEPLOY, at: at("05:00:04"), exitCode: 3 },
    { run: BACKUP, at: at("05:05:00"), command: "backup shop", by: "ann@laptop" },
    { run: GOING, at: at("05:06:00"), command: "backup blog", by: "ann@laptop", pid: 4711 },
    { run: KILLED, at: at("05:07:00"), command: "restore blog latest", by: "ann@laptop", pid: 4712 },
    { run: CHECK, at: at("05:10:00"), level: "INFO", message: "Health check passed: 5 healthy" },
  ],
  events: [
    {
      ...{ run: DEPLOY, at: at("05:00:03"), operation: "deploy", project: "shop", by: "ann@laptop", seconds: 2.5 },
      ...{ from: "1.0.0 (aaaa)", to: "1.1.0 (bbbb)", result: "failure", reason: "not healthy\nits log" },
    },
    { run: UP, at: at("05:09:00"), operation: "deploy", project: "blog", by: "root@ci", result: "success", seconds: 1 },
  ],
  killed: [KILLED],
};

describe("runs", () => {
  const answer = (question: Partial<RunsQuestion> = {}, records = RECORDS) =>
    runsOutput(records, { given: [], json: false, now: new Date("2026-03-04T05:12:00Z"), ...question });

  it("lists what changed something, newest first: how it ended, and what a killed one left", () => {
    assert.equal(
      answer(),
      `RUN                     BEGAN       OUTCOME     COMMAND              PROJECTS
${UP}  3 min ago   succeeded   up                   blog
${KILLED}  5 min ago   killed      restore blog latest
${GOING}  6 min ago   running     backup blog
${BACKUP}  7 min ago   unfinished  backup shop
${DEPLOY}  12 min ago  failed      deploy shop 1.1.0    shop
`,
    );
    assert.equal(answer({ limit: "1" }).split("\n").length, 3);
    const { schemaVersion, runs } = JSON.parse(answer({ json: true, limit: "2" }));
    assert.deepEqual([schemaVersion, runs.map(({ run }: { run: string }) => run)], [1, [UP, KILLED]]);
    assert.equal(answer({}, { records: [], events: [], killed: [] }), "nothing was run yet\n");
  });

  it("shows what one was told, its steps, how it ended and its lines", () => {
    assert.equal(
      answer({ given: ["show", DEPLOY] }),
      `Run ${DEPLOY}
  command  deploy shop 1.1.0
  by       ann@laptop
  began    2026-03-04 05:00:00 UTC, 12 min ago
  outcome  failed after 4.0 s, exit code 3

STEP    PROJECT  FROM          TO            RESULT   TIME
deploy  shop     1.0.0 (aaaa)  1.1.0 (bbbb)  failure  2.5 s  not healthy

[2026-03-04 05:00:00] INFO: Run ${DEPLOY}
[2026-03-04 05:00:01] ERROR: release bbbb is not healthy
`,
    );
    assert.match(
      answer({ given: ["show"] }),
      new RegExp(`^Run ${UP}\n  command  up\n`),
      "the newest where none is named",
    );
    assert.match(answer({ given: ["show", CHECK] }), /Health check passed/, "also one that changed nothing");
    assert.match(answer({ given: ["show", GOING] }), /\n {2}outcome {2}running: process 4711\n/);
    assert.match(
      answer({ given: ["show", KILLED] }),
      /\n {2}outcome {2}killed: its process 4712 is gone; last heard of after 0\.0 s\n/,
    );
    assert.match(answer({ given: ["show", BACKUP] }), /\n {2}outcome {2}unfinished: it still runs, or was killed\n/);
    const { steps, lines, exit_code, ...run } = JSON.parse(answer({ given: ["show", DEPLOY], json: true }));
    assert.deepEqual([steps.length, lines.length, exit_code, run.outcome, run.projects], [1, 2, 3, "failed", ["shop"]]);
  });

  it("an id that is unknown is an error with a guess and the latest ones", () => {
    assert.throws(() => answer({ given: ["show", "20260304-050500-bbbbbc"] }), {
      message: `there is no run "20260304-050500-bbbbbc"; did you mean "${BACKUP}"? the latest: ${[UP, KILLED, GOING, BACKUP, DEPLOY].join(", ")}`,
      exitCode: 1,
    });
    assert.throws(() => answer({ given: ["shwo"] }), /shwo after runs; there is: show/);
    assert.throws(() => answer({ limit: "0" }), /--limit 0: a whole number above 0/);
  });
});
