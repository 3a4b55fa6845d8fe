import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withDockerAt } from "../docker-at.fixture";
import { layout } from "../layout";
import { Log } from "../log";
import { platform, projectOf } from "../platform.fixture";
import { liveRelease } from "../record.fixture";
import { NOTHING_SEEN } from "./verdict";
import type { Watch } from "./watch-file";
import { watchRelease } from "./watch-release";

describe("a watch while Docker does not answer", () => {
  it("RB-02 RB-03 fault 33 holds nothing against the release, says so once, and tries again", async () => {
    const root = await mkdtemp(join(tmpdir(), "slipway-watch-"));
    const place = layout(root);
    const health = { path: "/", intervalSeconds: 1, timeoutSeconds: 1, deadlineSeconds: 1 };
    const web = { service: "web", name: "web", id: "web", port: 80, health, pids: 1, responseTimeLimitMs: 1 };
    const watch: Watch = {
      ...{ ...NOTHING_SEEN, checks: 2, release: "aaaa", state: "running" },
      ...{ startedAt: new Date().toISOString(), totalSeconds: 600 },
    };
    const description = projectOf("shop");
    const seen: Watch[] = [];
    const end = await withDockerAt(() =>
      watchRelease({
        description: { ...description, deploy: { ...description.deploy, failures: 1, settleSeconds: 0 } },
        live: liveRelease("aaaa", { containers: [web] }),
        gateway: platform.gateway,
        watch,
        untilSeconds: 0,
        log: new Log(place.log, { informationTo: "nowhere" }),
        onCheck: async (now) => seen.push(now) < 2,
      }),
    );
    assert.equal(end.verdict.kind, "superseded", "nothing but the test ended it");
    assert.deepEqual([end.watch.checks, end.watch.failures, end.watch.consecutive], [2, 0, 0]);
    assert.equal((await readFile(place.log, "utf8")).match(/Docker does not answer/g)?.length, 1);
    await rm(root, { recursive: true });
  });
});
