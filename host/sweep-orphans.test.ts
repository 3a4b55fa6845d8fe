import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withDockerAt } from "./docker-at.fixture";
import { layout } from "./layout";
import { Log } from "./log";
import { sweepLeftovers } from "./sweep-orphans";

describe("what killed runs may have left", () => {
  it("RB-05 is a warning where it cannot be removed, and no failure of the rollout that looked for it", async () => {
    const root = await mkdtemp(join(tmpdir(), "slipway-sweep-"));
    try {
      const place = layout(root);
      const log = new Log(place.log, { informationTo: "nowhere" });
      await withDockerAt(() => sweepLeftovers(log, { project: "shop", labels: {}, containers: [] }));
      assert.match(
        await readFile(place.log, "utf8"),
        /WARN\w*: shop: what a killed run may have left could not be removed: /,
      );
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
