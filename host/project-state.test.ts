import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describePlatform } from "./description";
import { layout } from "./layout";
import { withLock } from "./lock";
import { platform } from "./platform.fixture";
import { projectState } from "./project-state";
import { writeRecord } from "./record";
import { liveRelease } from "./record.fixture";

describe("what a command learns of a project", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-state-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  it("RB-11 is what it ends with where a command still works on it, for as long as is waited", async () => {
    const place = layout(root);
    await writeRecord(place, "shop", { serial: 1, drainingWorkers: [], live: liveRelease("before") });
    let end: () => void = () => undefined;
    const works = withLock(place.project("shop"), "rollout shop after", 0, async () => {
      await new Promise<void>((done) => {
        end = done;
      });
      await writeRecord(place, "shop", { serial: 2, drainingWorkers: [], live: liveRelease("after") });
    });
    assert.equal((await projectState(place, { project: "shop" })).live?.release, "before");
    await assert.rejects(projectState(place, { project: "shop", settledWithinSeconds: 0 }), /rollout shop after/);
    const settled = projectState(place, { project: "shop", settledWithinSeconds: 30 });
    end();
    await works;
    assert.equal((await settled).live?.release, "after");
  });

  it("OV-14 has where the gateway listens, which may be held", async () => {
    const place = layout(root);
    assert.equal((await projectState(place, { project: "shop" })).gateway, undefined);
    await describePlatform(place, platform);
    assert.deepEqual((await projectState(place, { project: "shop" })).gateway, platform.gateway);
  });
});
