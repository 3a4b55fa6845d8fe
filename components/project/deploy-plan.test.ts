import { strict as assert } from "node:assert";
import type { Project } from "../../config/project";
import { deployPlan } from "./deploy-plan";

const shop = {
  name: "shop",
  domains: ["shop.localhost"],
  containers: [{ name: "backend" }, { name: "frontend" }],
  migrations: { container: "backend", upgrade: ["alembic", "upgrade", "head"] },
} as unknown as Project;
const config = { version: "1.1.0", images: {} };

describe("deploy plan", () => {
  it("PU-05 a preview names the containers, the migration and the route, and what goes afterwards", () => {
    assert.deepEqual(deployPlan(shop, "bbbb", config, { release: "aaaa", version: "1.0.0" }), [
      "shop: 1.0.0 (release aaaa) -> 1.1.0 (release bbbb)",
      "  containers  shop-backend-bbbb, shop-frontend-bbbb start beside the live ones",
      "  migration   alembic upgrade head",
      "  route       shop.localhost moves when the new containers are healthy",
      "  then        release aaaa is drained and removed",
    ]);
  });

  it("says nothing where the release is live already", () => {
    assert.deepEqual(deployPlan(shop, "aaaa", config, { release: "aaaa", version: "1.0.0" }), []);
  });

  it("a first deploy comes from nothing and removes nothing", () => {
    const plan = deployPlan({ ...shop, migrations: undefined, domains: [] }, "aaaa", config, undefined);
    assert.deepEqual(plan, [
      "shop: nothing -> 1.1.0 (release aaaa)",
      "  containers  shop-backend-aaaa, shop-frontend-aaaa start beside the live ones",
      "  migration   none declared",
      "  route       no domain moves when the new containers are healthy",
    ]);
  });
});
