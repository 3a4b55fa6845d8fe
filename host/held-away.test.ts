import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preDeployBackup } from "./backup/pre-deploy-backup";
import { describePlatform, describeProject } from "./description";
import { withEmptyDocker } from "./empty-docker.fixture";
import { type Layout, layout } from "./layout";
import { Log } from "./log";
import { migrate } from "./migrate";
import { platform, projectOf } from "./platform.fixture";
import { preflight } from "./preflight";
import { type ProjectRecord, readRecord, writeRecord } from "./record";
import { liveRelease } from "./record.fixture";
import type { MigrateRequest, PreflightRequest } from "./requests";

describe("a deploy of the release that traffic is held away from", () => {
  let root: string;
  let place: Layout;
  const schema = { revision: "r1", heads: { "image-of-1": "r1", "image-of-2": "r2" }, path: ["r1"] };
  const record: ProjectRecord = {
    ...{ serial: 1, drainingWorkers: [], live: liveRelease("1"), schema },
    held: { from: "2", to: "1", reason: "operator", text: "ann went back", at: "2026-01-01T00:00:00Z" },
  };
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-held-away-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, { ...projectOf("shop"), database: "shop" });
    await writeRecord(place, "shop", record);
  });
  afterEach(() => rm(root, { recursive: true }));

  const log = () => new Log(place.log, { informationTo: "nowhere" });
  const named = { project: "shop", release: "2", version: "2.0.0" };

  // No container can be made there, and nothing be looked at.
  it("RB-14 MT-08 leaves the database at what the release that serves was made for", async () => {
    const wanted: MigrateRequest = {
      ...{ ...named, image: "image-of-2", network: "", env: {}, labels: {}, gateway: platform.gateway },
      ...{ upgrade: ["upgrade"], current: ["current"], isIncompatible: false, isCompatible: false },
      ...{ isTransactional: true, timeoutSeconds: 1, memoryMiB: 64, cpus: 1, pids: 10, logMiB: 1 },
    };
    const { outcome } = await withEmptyDocker(() => migrate(place, log(), wanted));
    assert.equal(outcome, "kept");
    assert.deepEqual(await readRecord(place, "shop"), record);
  });

  it("RB-14 MT-05 MT-06 checks nothing, and backs nothing up", async () => {
    const wanted: PreflightRequest = {
      ...{ ...named, gateway: platform.gateway, site: "", routes: { upstreams: "", locations: "" } },
      ...{ freeGB: 0, cpus: {}, images: {} },
    };
    await withEmptyDocker(async () => {
      assert.deepEqual(await preflight(place, log(), wanted, undefined), { project: "shop", passed: [] });
      assert.deepEqual(await preDeployBackup(place, log(), named, undefined), { project: "shop" });
    });
  });
});
