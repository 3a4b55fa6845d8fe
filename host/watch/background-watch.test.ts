import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describePlatform, describeProject } from "../description";
import { type Layout, layout } from "../layout";
import { Log } from "../log";
import { platform, projectOf } from "../platform.fixture";
import { writeRecord } from "../record";
import { liveRelease } from "../record.fixture";
import { backgroundWatch } from "./background-watch";
import { withEndedContainers } from "./ended-containers.fixture";
import { NOTHING_SEEN } from "./verdict";
import { readWatch, writeWatch } from "./watch-file";

describe("a watch that goes on after its deploy", () => {
  let root: string;
  let place: Layout;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-watch-"));
    place = layout(root);
    const health = { path: "/", intervalSeconds: 1, timeoutSeconds: 1, deadlineSeconds: 1 };
    const web = { service: "web", name: "web", port: 80, health, pids: 1, responseTimeLimitMs: 1 };
    const shop = projectOf("shop");
    await describePlatform(place, platform);
    await describeProject(place, { ...shop, deploy: { ...shop.deploy, failures: 1, watchSeconds: 600 } });
    await writeRecord(place, "shop", {
      serial: 1,
      drainingWorkers: [],
      live: liveRelease("aaaa", { containers: [{ ...web, id: "live" }] }),
      standby: liveRelease("bbbb", { containers: [{ ...web, id: "standby" }] }),
    });
    await writeWatch(place, "shop", {
      ...{ ...NOTHING_SEEN, release: "aaaa", state: "running" },
      ...{ startedAt: new Date().toISOString(), totalSeconds: 600 },
    });
  });
  afterEach(() => rm(root, { recursive: true }));

  const watched = (onStart?: (id: string) => Promise<void>) =>
    withEndedContainers(
      () => backgroundWatch(place, new Log(place.log, { informationTo: "nowhere" }), "shop"),
      onStart,
    );

  it("RB-02 fault 24 is over only when the way back is: killed on it, the next run goes on with it", async () => {
    const onTheWay: unknown[] = [];
    const { state } = await watched(async (id) => {
      const watch = await readWatch(place, "shop");
      onTheWay.push([id, watch?.state, watch?.consecutive]);
    });
    assert.deepEqual(onTheWay, [["standby", "running", 1]]);
    assert.equal(state, "failed");
    const { state: written, reason } = (await readWatch(place, "shop")) ?? {};
    assert.equal(written, "failed");
    assert.match(reason ?? "", /^1 failed health checks in a row: container web ended/);
  });

  it("RB-02 goes on, and takes a release back, where it cannot be written down, as on a full disk", async () => {
    await mkdir(join(place.project("shop"), `watch.json.${process.pid}.tmp`));
    const started: string[] = [];
    const { state } = await watched(async (id) => void started.push(id));
    assert.deepEqual([state, started], ["failed", ["standby"]]);
    const logged = await readFile(place.log, "utf8");
    assert.equal(logged.match(/the watch goes on, but cannot be written down/g)?.length, 1, logged);
    assert.match(logged, /INFO: shop: deploy of 1\.0\.0 \(release aaaa\) failed: 1 failed health checks in a row/);
  });
});
