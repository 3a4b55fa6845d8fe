import assert from "node:assert/strict";
import { disconnectPlatform } from "../host/network-members";
import { machineImages } from "./support/machine-images";
import { Sandbox } from "./support/sandbox";

describe("a project's network", function () {
  this.timeout(120_000);

  it("PU-08 lets go of every container of the platform, an unlisted one too, and of no other; twice is fine", async () => {
    await using sandbox = await Sandbox.create();
    const { images } = await machineImages();
    const run = (labels: Record<string, string>) => sandbox.run(images.registry as string, { labels });
    const [own] = await Promise.all([run({ "slipway.project": "shop" }), run({})]);
    for (let times = 0; times < 2; times++) await disconnectPlatform(sandbox.name);
    const { Containers } = await sandbox.docker.getNetwork(sandbox.name).inspect();
    assert.deepEqual(Object.keys(Containers ?? {}), [own.id]);
  });
});
