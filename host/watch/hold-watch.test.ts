import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Layout, layout } from "../layout";
import { Log } from "../log";
import { platform, projectOf } from "../platform.fixture";
import { writeRecord } from "../record";
import { liveRelease } from "../record.fixture";
import type { RolloutRequest } from "../requests";
import { withEndedContainers } from "./ended-containers.fixture";
import { holdWatch } from "./hold-watch";
import { NOTHING_SEEN } from "./verdict";
import { readWatch, writeWatch } from "./watch-file";

describe("a watch that a deploy waits for", () => {
  const since = "2026-03-04T05:00:00.000Z";
  let root: string;
  let place: Layout;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-watch-"));
    place = layout(root);
    await writeRecord(place, "shop", { serial: 1, drainingWorkers: [], live: liveRelease("aaaa", { since }) });
  });
  afterEach(() => rm(root, { recursive: true }));

  /** Over a release that is always well, for a second, of which the deploy waits for so many. */
  function held(holdSeconds = 1): Promise<boolean> {
    const shop = projectOf("shop");
    const wanted = { project: "shop", release: "aaaa", gateway: platform.gateway } as RolloutRequest;
    const description = { ...shop, deploy: { ...shop.deploy, watchSeconds: 1, holdSeconds } };
    const log = new Log(place.log, { informationTo: "nowhere" });
    return withEndedContainers(() => holdWatch(place, log, wanted, description));
  }

  it("RB-01 goes on with one that was cut off, and not with one from before an earlier way back", async () => {
    const cutOff = { ...NOTHING_SEEN, elapsedSeconds: 1, checks: 100, release: "aaaa", state: "running" as const };
    const checksFrom = async (startedAt: string) => {
      await writeWatch(place, "shop", { ...cutOff, startedAt, totalSeconds: 1 });
      assert.equal(await held(), false);
      const { state, checks = 0 } = (await readWatch(place, "shop")) ?? {};
      assert.equal(state, "passed");
      return checks;
    };
    assert.equal(await checksFrom("2026-03-04T05:00:01.000Z"), 101);
    assert.ok((await checksFrom("2026-03-04T04:59:59.000Z")) < 100);
  });

  it("RB-01 is waited for to its end where it cannot be written down, as on a full disk, and says so", async () => {
    await mkdir(join(place.project("shop"), `watch.json.${process.pid}.tmp`));
    assert.equal(await held(0), false, "no other process could go on with it");
    const logged = await readFile(place.log, "utf8");
    assert.equal(logged.match(/the watch goes on, but cannot be written down/g)?.length, 1, logged);
    assert.match(logged, /Progress: 1s \/ 1s \|/);
  });
});
