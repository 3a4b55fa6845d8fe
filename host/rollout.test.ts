import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Migrations } from "../config/project";
import { describePlatform, describeProject } from "./description";
import { withEmptyDocker } from "./empty-docker.fixture";
import { type Layout, layout } from "./layout";
import { Log } from "./log";
import { type Deployment, writeManifest } from "./manifest";
import { platform, projectOf } from "./platform.fixture";
import { readRecord, writeRecord } from "./record";
import { liveRelease } from "./record.fixture";
import type { Intent, ReleaseContainer, RolloutRequest } from "./requests";
import { rollout } from "./rollout";
import type { SchemaRecord } from "./schema";

describe("a rollout of a release that has been live before", () => {
  let root: string;
  let place: Layout;
  const web = { service: "web", name: "web-1", id: "web-1", pids: 10 } as ReleaseContainer;
  const migrating = (compatible: boolean) => {
    const migrations = { container: "web", upgrade: ["upgrade"], compatible } as Migrations;
    return { ...liveRelease("").snapshot, migrations };
  };
  const standby = liveRelease("1", { snapshot: migrating(true), containers: [web] });
  const newWeb = { ...web, name: "web-2", id: "web-2" };
  const live = liveRelease("2", { version: "2.0.0", snapshot: migrating(false), containers: [newWeb] });
  /** Their images are the containers'. */
  const heads = { "image-of-web-1": "r1", "image-of-web-2": "r2" };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-rollout-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, { ...projectOf("shop"), database: "shop" });
  });
  afterEach(() => rm(root, { recursive: true }));

  /** Of 1.0.0, while 2.0.0 serves; resolves with why it failed. */
  async function failure(schema: SchemaRecord, intent?: Partial<Intent>, isLiveThere = true): Promise<string> {
    await writeRecord(place, "shop", { serial: 1, drainingWorkers: [], live, standby, schema });
    const wanted: RolloutRequest = {
      ...{ project: "shop", release: "1", config: standby, epoch: 2, network: "", labels: {}, containers: [web] },
      ...{ gateway: platform.gateway, routes: standby.routes },
    };
    const log = new Log(place.log, { informationTo: "nowhere" });
    return withEmptyDocker(async (engine) => {
      engine.containers = isLiveThere ? [web.id, newWeb.id] : [web.id];
      const done = rollout(place, log, wanted, intent as Intent | undefined);
      return done.then(
        () => assert.fail("it went live"),
        ({ message }: Error) => message,
      );
    });
  }
  /** Its container is not there any more once that is asked to work. */
  const REACHED_GATES = /^shop: release 1: .*no such container.*; release 2 \(2\.0\.0\) still serves$/;
  const newer: SchemaRecord = { revision: "r2", heads, path: ["r1", "r2"] };

  it("MT-13 RB-12 is refused on a database that it does not work with and that cannot go back: the project is degraded", async () => {
    assert.match(
      await failure(newer),
      /^shop: going back to 1\.0\.0 \(release 1\) failed: its migration cannot be taken back by itself: .* 2\.0\.0 \(release 2\) serves/,
    );
    const { live: serving, degraded } = await readRecord(place, "shop");
    assert.deepEqual([serving?.release, degraded?.release], ["2", "2"]);
  });

  it("MT-13 RB-12 is refused, and the project is not degraded, where nothing was wrong with what serves", async () => {
    const current = { version: "2.0.0", release: "2" } as Deployment;
    await writeManifest(place, {
      project: "shop",
      environment: "",
      current_deployment: current,
      deployment_history: [],
    });
    assert.match(
      await failure(newer),
      /^shop: going back to 1\.0\.0 \(release 1\) failed: its migration .*; 2\.0\.0 \(release 2\) still serves$/,
    );
    assert.equal((await readRecord(place, "shop")).degraded, undefined);
  });

  it("MT-13 RB-07 is not where a person keeps the data, and not where the database is no further", async () => {
    assert.match(await failure(newer, { operation: "rollback", keepsData: true, by: "ann" }), REACHED_GATES);
    assert.match(await failure({ revision: "r1", heads, path: ["r1"] }), REACHED_GATES);
    assert.match(await failure({ revision: "r1", heads: { "image-of-web-1": "r2" }, path: ["r1"] }), REACHED_GATES);
  });

  it("MT-13 is not where every step since its own suits it, whatever the configuration says by now of the next one", async () => {
    assert.match(await failure({ ...newer, compatible: ["r2"] }), REACHED_GATES);
  });

  it("MT-13 RB-12 takes nothing back that is not of the release that serves, as its downgrade knows no later revision", async () => {
    const later: SchemaRecord = { revision: "r3", heads, path: ["r1", "r2", "r3"] };
    assert.match(
      await failure({ ...later, compatible: ["r3"] }),
      /failed: the database is at r3, which release 2 works with, and 1\.0\.0 is not known to; 2\.0\.0 \(release 2\) serves/,
    );
  });

  it("MT-13 is not where what serves works no better: the same code, code that is not known to work, or none that is there", async () => {
    const later: SchemaRecord = { revision: "r3", heads, path: ["r1", "r2", "r3"] };
    assert.match(await failure(later), REACHED_GATES);
    assert.match(await failure({ ...later, heads: { ...heads, "image-of-web-2": "r1" } }), REACHED_GATES);
    assert.match(await failure(newer, undefined, false), REACHED_GATES);
  });
});
