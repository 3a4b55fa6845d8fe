import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import { loadStackConfig } from "./model";
import { loadProjects } from "./projects-file";
import { releaseOf, snapshotOf } from "./release";
import { snapshotKeys } from "./stack-file";

const PROJECTS = `
projects:
  shop:
    domains: { local: [shop.localhost] }
    database: shared
    variables: { defaults: { LEVEL: info, WORKERS: "2" } }
    containers:
      web: { port: 80, health: { path: / }, volumes: { files: /srv }, limits: { memoryMiB: 64 } }
    migrations: { container: web, upgrade: [up] }
    keyTables: { orders: 1 }
`;
const ID = `sha256:${"1".repeat(64)}`;
const stackFile = (releases: object) =>
  stringify({
    config: {
      "slipway:images": { gateway: ID, postgres: ID, registry: ID },
      "slipway:variables": { shop: { LEVEL: "debug", TOKEN: { secure: "v1:abc" } } },
      "slipway:releases": { shop: releases },
    },
  });
const live = { version: "1.0.0", images: { web: `127.0.0.1:5000/shop@sha256:${"a".repeat(64)}` } };

describe("a release that a stack's file keeps as it was", () => {
  const projects = loadProjects(PROJECTS, "projects.yml", "local");
  const config = loadStackConfig(stackFile({ live }), "Pulumi.local.yaml", "local", projects);
  const [shop] = projects;
  if (!shop) throw new Error("no shop");
  const before = releaseOf(shop, live, config.variables.shop ?? {});

  it("RB-08 keeps its name and all that it runs with, whatever projects.yml and the variables say later", () => {
    const standby = { ...live, snapshot: snapshotKeys(snapshotOf(before)) };
    const changed = PROJECTS.replace("memoryMiB: 64", "memoryMiB: 128")
      .replace("info", "warn")
      .replace("[up]", "[raise]");
    const later = loadProjects(changed, "projects.yml", "local");
    const text = stackFile({ live, standby }).replace("debug", "error");
    const { releases, variables } = loadStackConfig(text, "Pulumi.local.yaml", "local", later);
    const [project] = later;
    if (!project || !releases.shop?.standby) throw new Error("no standby");
    const kept = releaseOf(project, releases.shop.standby, variables.shop ?? {});
    assert.equal(kept.id, before.id);
    assert.deepEqual(kept.project.containers, before.project.containers);
    assert.deepEqual(kept.project.migrations, before.project.migrations);
    assert.deepEqual(kept.variables, { LEVEL: "debug", WORKERS: "2", TOKEN: { secure: "v1:abc" } });
    assert.notEqual(releaseOf(project, live, variables.shop ?? {}).id, before.id);
  });

  it("SC-03 is the same where the stack's file also says where the images of a newer container are", () => {
    const snapshot = snapshotKeys(snapshotOf(before));
    const images = { ...live.images, mail: `127.0.0.1:5000/mail@sha256:${"b".repeat(64)}` };
    const text = stackFile({ live: { ...live, images, snapshot } });
    const { releases } = loadStackConfig(text, "Pulumi.local.yaml", "local", projects);
    assert.deepEqual(releases.shop?.live?.images, images);
    const kept = releaseOf(shop, releases.shop?.live ?? live, {});
    assert.deepEqual([kept.id, kept.config.images], [before.id, live.images]);
  });

  it("has no migration where it had none", () => {
    const { migrations: _, ...without } = snapshotOf(before);
    assert.equal(releaseOf(shop, { ...live, snapshot: without }, {}).project.migrations, undefined);
  });
});
