import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describePlatform, platformDescription } from "./description";
import { withDockerAt } from "./docker-at.fixture";
import { withEmptyDocker } from "./empty-docker.fixture";
import { takeSettings } from "./handed-settings";
import { type Layout, layout } from "./layout";
import { observe } from "./observe";
import { platform } from "./platform.fixture";
import type { PlatformDescription } from "./requests";

describe("a host that has a stack already", () => {
  let root: string;
  let place: Layout;

  const production: PlatformDescription = {
    ...platform,
    stack: "production",
    gateway: { ...platform.gateway, container: "slipway-production-gateway" },
    postgres: "slipway-production-postgres",
    registry: "slipway-production-registry",
  };
  const request = (stack: string) => ({ stack, configSha256: "", projects: {}, settings: { ERROR_THRESHOLD: "0.5" } });
  const TAKEN =
    'this host runs stack "staging" (container slipway-staging-postgres), and a host has one stack: ' +
    'give "production" another host, or destroy the other one first: slipway destroy --stack staging';

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-taken-"));
    place = layout(root);
    await describePlatform(place, platform);
  });
  afterEach(() => rm(root, { recursive: true }));

  it("PU-02 refuses another one in its preview and in its `up`, and keeps what it has", async () => {
    await withEmptyDocker(async (engine) => {
      engine.containers = ["slipway-staging-postgres"];
      await assert.rejects(observe(place, request("production")), { message: TAKEN });
      await assert.rejects(describePlatform(place, production), { message: TAKEN });
    });
    assert.deepEqual(await platformDescription(place), platform);
    const environment: NodeJS.ProcessEnv = {};
    await takeSettings(place, environment);
    assert.deepEqual(environment, {});
  });

  it("PU-02 refuses it, too, where Docker does not say whether the first one is gone", async () => {
    const silent = (action: () => Promise<unknown>) => assert.rejects(withDockerAt(action), /ENOENT/);
    await silent(() => observe(place, request("production")));
    await silent(() => describePlatform(place, production));
    assert.deepEqual(await platformDescription(place), platform);
  });

  it("PU-02 takes another one when the first is destroyed, which leaves records and backups there", async () => {
    await withEmptyDocker(async () => {
      await observe(place, request("production"));
      await describePlatform(place, production);
    });
    assert.deepEqual(await platformDescription(place), production);
  });

  it("takes its own from another checkout, and asks no Docker for that", async () => {
    await withDockerAt(async () => {
      await observe(place, request("staging"));
      await describePlatform(place, { ...platform, registryPort: 5001 });
    });
    assert.equal((await platformDescription(place)).registryPort, 5001);
  });

  it("writes a damaged description of its stack anew", async () => {
    await writeFile(place.platform, '{"stack": "sta');
    await withDockerAt(() => describePlatform(place, platform));
    assert.equal(JSON.parse(await readFile(place.platform, "utf8")).stack, "staging");
  });
});
