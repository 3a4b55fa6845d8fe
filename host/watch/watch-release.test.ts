import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withDockerAt } from "../docker-at.fixture";
import { type Layout, layout } from "../layout";
import { Log } from "../log";
import { platform, projectOf } from "../platform.fixture";
import { liveRelease } from "../record.fixture";
import { withEndedContainers } from "./ended-containers.fixture";
import { NOTHING_SEEN } from "./verdict";
import type { Watch } from "./watch-file";
import { type Watched, watchRelease } from "./watch-release";

describe("a watch over a release", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-watch-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  function watched(place: Layout): Watched {
    const health = { path: "/", intervalSeconds: 1, timeoutSeconds: 1, deadlineSeconds: 1 };
    const web = { service: "web", name: "web", id: "web", port: 80, health, pids: 1, responseTimeLimitMs: 1 };
    const watch: Watch = {
      ...{ ...NOTHING_SEEN, checks: 2, release: "aaaa", state: "running" },
      ...{ startedAt: new Date().toISOString(), totalSeconds: 600 },
    };
    const description = projectOf("shop");
    return {
      description: { ...description, deploy: { ...description.deploy, failures: 1, settleSeconds: 0 } },
      live: liveRelease("aaaa", { containers: [web] }),
      gateway: platform.gateway,
      watch,
      untilSeconds: 0,
      log: new Log(place.log, { informationTo: "nowhere" }),
      isWorkedOn: async () => false,
      isLive: async () => true,
      onCheck: async () => {},
    };
  }

  it("RB-02 RB-03 fault 33 holds nothing against it while Docker does not answer, says so once, and tries again", async () => {
    const place = layout(root);
    const seen: Watch[] = [];
    const end = await withDockerAt(() =>
      watchRelease({
        ...watched(place),
        isLive: async () => seen.length < 2,
        onCheck: async (now) => void seen.push(now),
      }),
    );
    assert.equal(end.verdict.kind, "superseded", "nothing but the test ended it");
    assert.deepEqual([end.watch.checks, end.watch.failures, end.watch.consecutive], [2, 0, 0]);
    assert.equal((await readFile(place.log, "utf8")).match(/Docker does not answer/g)?.length, 1);
  });

  it("RB-02 holds nothing against it while another command works on the project, and checks again afterwards", async () => {
    let asked = 0;
    const end = await withEndedContainers(() =>
      watchRelease({ ...watched(layout(root)), isWorkedOn: async () => ++asked === 2 }),
    );
    assert.equal(asked, 4, "before and after each of two checks");
    assert.deepEqual([end.watch.checks, end.watch.failures], [3, 1]);
    assert.equal(end.verdict.kind, "failed");
  });

  it("RB-01 notices while it pauses that traffic was moved: the watch over the next release waits for it", async function () {
    this.timeout("5 s");
    const { description, watch, ...rest } = watched(layout(root));
    let asked = 0;
    const end = await withEndedContainers(() =>
      watchRelease({
        ...rest,
        description: { ...description, deploy: { ...description.deploy, watchSeconds: 600 } },
        live: liveRelease("aaaa", { containers: [] }),
        watch: { ...watch, elapsedSeconds: 100 },
        untilSeconds: 600,
        isLive: async () => ++asked === 1,
      }),
    );
    assert.deepEqual([end.verdict.kind, end.watch.failures], ["superseded", 0]);
  });
});
