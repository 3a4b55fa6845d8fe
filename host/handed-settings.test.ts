import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepSettings, takeSettings } from "./handed-settings";
import { type Layout, layout } from "./layout";

describe("variables that an `up` over SSH hands to the host", () => {
  let root: string;
  let place: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-settings-"));
    place = layout(root);
  });
  afterEach(() => rm(root, { recursive: true }));

  async function taken(environment: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> {
    await takeSettings(place, environment);
    return environment;
  }

  it("RB-13 SC-13 are in the environment of its commands; what is set there already counts more", async () => {
    assert.deepEqual(await taken(), {});
    await keepSettings(place, { MONITORING_DURATION: "60", DATABASE_TIMEOUT: "900" });
    assert.deepEqual(await taken({ DATABASE_TIMEOUT: "30" }), { MONITORING_DURATION: "60", DATABASE_TIMEOUT: "30" });
  });

  it("RB-13 are gone with the next run, which has none, and nothing else is taken", async () => {
    await keepSettings(place, { PATH: "/tmp", ERROR_THRESHOLD: "0.5" });
    assert.deepEqual(await taken(), { ERROR_THRESHOLD: "0.5" });
    await keepSettings(place, {});
    assert.deepEqual(await taken(), {});
  });
});
