import { strict as assert } from "node:assert";
import type { PendingMigrations } from "../../host/pending";
import { deployPlan, pendingText } from "./deploy-plan";

const shop = {
  name: "shop",
  domains: ["shop.localhost"],
  containers: [{ name: "backend" }, { name: "frontend" }],
  database: "shared",
  backup: { volumes: ["files"] },
  migrations: { container: "backend", upgrade: ["alembic", "upgrade", "head"], transactional: true, compatible: true },
} as unknown as Parameters<typeof deployPlan>[0];
const config = { version: "1.1.0", images: {} };

describe("deploy plan", () => {
  it("PU-05 a preview names the containers, the migration and the route, and what goes afterwards", () => {
    assert.deepEqual(deployPlan(shop, "bbbb", config, { release: "aaaa", version: "1.0.0" }, ""), [
      "shop: 1.0.0 (release aaaa) -> 1.1.0 (release bbbb)",
      "  containers  shop-backend-bbbb, shop-frontend-bbbb start beside the live ones",
      "  backup      taken before: database, volume files, configuration, image tags",
      "  migration   alembic upgrade head",
      "  route       shop.localhost moves when the new containers are healthy",
      "  then        release aaaa is drained and removed",
    ]);
  });

  it("PU-05 warns of a migration that is not known to suit the release before, and says when requests are held", () => {
    const notes = (changes: object) => {
      const project = { ...shop, migrations: { ...shop.migrations, ...changes } } as typeof shop;
      const plan = deployPlan(project, "bbbb", config, { release: "aaaa", version: "1.0.0" }, "aaaa");
      assert.match(plan.at(-1) ?? "", /release aaaa stays as standby/);
      return plan.filter((line) => line.startsWith("              ")).join("\n");
    };
    assert.equal(notes({}), "");
    assert.match(notes({ compatible: undefined }), /warning: not known to suit the release before/);
    assert.match(notes({ compatible: false }), /with the switch, .*; requests are answered 503 meanwhile/);
    assert.match(notes({ transactional: false }), /a failure could leave a part of it; requests are answered 503/);
  });

  it("says nothing where the release is live already", () => {
    assert.deepEqual(deployPlan(shop, "aaaa", config, { release: "aaaa", version: "1.0.0" }, ""), []);
  });

  it("a first deploy comes from nothing and removes nothing", () => {
    const plan = deployPlan({ ...shop, migrations: undefined, domains: [] }, "aaaa", config, undefined, "");
    assert.deepEqual(plan, [
      "shop: nothing -> 1.1.0 (release aaaa)",
      "  containers  shop-backend-aaaa, shop-frontend-aaaa start beside the live ones",
      "  backup      taken before: database, volume files, configuration, image tags",
      "  migration   none declared",
      "  route       no domain moves when the new containers are healthy",
    ]);
  });

  it("PU-05 names the pending migrations, none, or why they are not known", () => {
    const text = (found: PendingMigrations) => pendingText("shop", "1.1.0", found);
    const lines = ["a1 add a column", "b2 add an index"];
    assert.equal(
      text({ kind: "pending", lines }),
      "shop: 2 migrations of 1.1.0 pending:\n  a1 add a column\n  b2 add an index",
    );
    assert.equal(text({ kind: "pending", lines: [] }), "shop: no migration of 1.1.0 is pending");
    assert.match(
      text({ kind: "kept", revision: "b2" }),
      /the database stays at b2; 1\.1\.0 was made for an earlier one/,
    );
    assert.match(text({ kind: "not known", reason: "no image" }), /is not known: no image$/);
  });
});
