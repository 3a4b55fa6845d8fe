import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { limit } from "../support/fault-limits";
import { Ledger, type LedgerBuild } from "../support/ledger/ledger";
import { underLoad } from "../support/ledger/under-load";
import { note } from "../support/note";
import type { Run } from "../support/test-stack";

/** Deadline of the health check, and of one probe, in seconds. */
const DEADLINE_SECONDS = limit(3, 120);
const PROBE_SECONDS = limit(1, 5);
/** After which a release dies that was healthy, in seconds; long after its switch. */
const DIES_AFTER_SECONDS = limit(8, 30);
/** Requests fail for so long where three checks, a second apart, say that it is dead; more where other tests run. */
const FAILING_SECONDS = limit(12, 6);
/** From the verdict to the traffic; more where other tests run. */
const SOON_MS = limit(5000, 1000);
const WATCH = limit({ watchSeconds: 60, holdSeconds: 60, settleSeconds: 20 }, {});

describe("a release that is no good, under load", function () {
  this.timeout(limit(180_000, 900_000));
  let ledger: Ledger;
  let builds = 0;

  before(async () => {
    ledger = await Ledger.create({
      health: { deadlineSeconds: DEADLINE_SECONDS, timeoutSeconds: PROBE_SECONDS, expect: "ledger is well" },
      config: { deploy: { "*": WATCH } },
    });
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  /** Deploys such a build; afterwards all is as it was before, and `up` finds nothing to do. */
  async function deployed(build: LedgerBuild, options: { allowFailures?: boolean } = {}) {
    builds += 1;
    const version = `2.${builds}.0`;
    await ledger.build(version, build);
    const kept = await ledger.releases();
    const deploy = () => ledger.stack.slipway("deploy", "ledger", version);
    const histories = await underLoad(ledger, deploy, options);
    const run = histories.outcome;
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /Live: 1\.0\.0 \(release [0-9a-f]{10}\), as before/);
    assert.equal(await ledger.served(), ledger.first);
    assert.deepEqual(await ledger.releases(), kept);
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    return { ...histories, run };
  }

  const summary = (run: Run, text: string) =>
    `${text}; release 1.0.0 served; exit ${run.code} after ${run.seconds.toFixed(0)} s`;

  const neverServes: [string, LedgerBuild["fault"], RegExp][] = [
    ["fault 23 MT-09 exits at once", "exits", /container web ended with exit code 1.*\| cannot open the ledger/s],
    ["fault 23 MT-09 is never healthy", "unhealthy", /is not healthy after \d+ s \(GET \/healthz answered 503\)/],
    [
      "fault 26 MT-09 passes every other health check",
      "flaps",
      /is not healthy after \d+ s \(GET \/healthz answered 503\)/,
    ],
    ["fault 27 MT-09 has a health check that hangs", "hangs", /is not healthy after \d+ s \(.*no answer within \d s\)/],
    [
      "fault 27 MT-09 redirects its health check",
      "redirects",
      /is not healthy after \d+ s \(GET \/healthz answered 302\)/,
    ],
    [
      "fault 27 MT-09 answers its health check with an error page",
      "error-page",
      /is not healthy after \d+ s \(GET \/healthz answered 200, without the text "ledger is well"\)/,
    ],
  ];
  for (const [title, fault, message] of neverServes) {
    it(`${title}: no request ever reaches it, and what was wrong is said`, async function () {
      const { run, load, text } = await deployed({ fault: fault as NonNullable<typeof fault> });
      assert.match(run.output, message);
      assert.deepEqual(Object.keys(load.releases), [ledger.first]);
      note(this, summary(run, text));
    });
  }

  it("fault 24 RB-02 is healthy and dies later: traffic is back right after the third failed check", async function () {
    const { run, load, text } = await deployed({ fault: "dies", seconds: DIES_AFTER_SECONDS }, { allowFailures: true });
    assert.match(
      run.output,
      /3 failed health checks in a row: container web ended .*out of luck.*; release [0-9a-f]{10} \(1\.0\.0\) serves again/,
    );
    const [first, last] = [load.failures[0], load.failures.at(-1)];
    const seconds = ((last?.atMs ?? 0) - (first?.atMs ?? 0)) / 1000;
    assert.ok(seconds <= FAILING_SECONDS, `requests failed for ${seconds} s`);
    const took = (await loggedAt(ledger, "traffic is back on release")) - (await loggedAt(ledger, "Consecutive: 3"));
    assert.ok(took <= SOON_MS, `traffic was back ${took} ms after the verdict`);
    note(
      this,
      `${summary(run, text)}; failures within ${seconds.toFixed(1)} s of its death, back ${took} ms after the verdict`,
    );
  });

  it("fault 24 RB-02 dies, is started again and is well in between: it is taken back at its first death", async function () {
    const build: LedgerBuild = { fault: "loops", seconds: DIES_AFTER_SECONDS };
    const { run, load, text } = await deployed(build, { allowFailures: true });
    assert.match(
      run.output,
      /3 failed health checks in a row: container web ended with exit code 7 \(restarts: 1\); its last lines: (.* \| )?out of luck again; release [0-9a-f]{10} \(1\.0\.0\) serves again/,
    );
    const [first, last] = [load.failures[0], load.failures.at(-1)];
    const seconds = ((last?.atMs ?? 0) - (first?.atMs ?? 0)) / 1000;
    assert.ok(seconds <= FAILING_SECONDS, `requests failed for ${seconds} s`);
    note(this, `${summary(run, text)}; failures within ${seconds.toFixed(1)} s of its first death`);
  });

  it("fault 25 RB-03 answers a fifth of its requests with 500: the watch takes it back, once", async function () {
    const wentBack = async () => (await ledger.stack.hostLog()).split("traffic is back on release").length;
    const before = await wentBack();
    const { run, text } = await deployed({ fault: "errors" }, { allowFailures: true });
    assert.match(run.output, /% of \d+ health checks and \d+ requests failed, more than 10\.00%/);
    assert.equal(await wentBack(), before + 1);
    note(this, summary(run, text));
  });

  it("fault 25 answers one request in twenty after 1.5 s, and none with an error: the watch takes it back", async function () {
    const { run, load, text } = await deployed({ fault: "slow" });
    assert.match(
      run.output,
      /the p99 response time of \d+ requests is 1[56]00 ms, more than 3 times the \d+ ms of the release before/,
    );
    assert.ok(Object.keys(load.releases).length === 2, "it had traffic");
    note(this, summary(run, text));
  });
});

/** When a host last logged this text; milliseconds. */
async function loggedAt(ledger: Ledger, text: string): Promise<number> {
  const file = join(ledger.stack.folder, ".slipway/var/log/slipway/runs.jsonl");
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  const line = lines.findLast((one) => one.includes(text)) ?? assert.fail(`no line says ${text}`);
  return Date.parse((JSON.parse(line) as { at: string }).at);
}
