import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeAtomic } from "./atomic-file";
import { describePlatform, describeProject } from "./description";
import { sha256 } from "./file-epoch";
import { makeCurrent } from "./generation";
import { checkServices } from "./health/check-services";
import { type Layout, layout } from "./layout";
import { holdPath } from "./left-held";
import { withLock } from "./lock";
import { observe } from "./observe";
import { platform, projectOf } from "./platform.fixture";
import { writeRecord } from "./record";
import { liveRelease } from "./record.fixture";

describe("a project whose requests are held", () => {
  const projects = { shop: { release: "aaaa", siteSha256: sha256("site") } };
  const request = { stack: platform.stack, configSha256: "", projects };
  let root: string;
  let place: Layout;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-left-held-"));
    place = layout(root);
    await writeAtomic(join(place.gateway, "gen-1/sites/shop.conf"), "site");
    await makeCurrent(place, "gen-1");
  });
  afterEach(() => rm(root, { recursive: true }));

  const hold = () => writeAtomic(join(place.gateway, "current", holdPath("shop")), "return 503;\n");
  const siteEpoch = async () => (await observe(place, request)).projects.shop?.site;

  it("MT-27 PU-06 gives the next `up` something to do once nobody holds its lock, and nothing before", async () => {
    assert.equal(await siteEpoch(), 0);
    await hold();
    await withLock(place.project("shop"), "restore", 0, async () => assert.equal(await siteEpoch(), 0));
    assert.equal(await siteEpoch(), 1);
  });

  it("MT-27 SC-10 is unhealthy in the containers that clients reach, with what to run next", async () => {
    await describePlatform(place, platform);
    await describeProject(place, projectOf("shop"));
    const health = { path: "/", intervalSeconds: 1, timeoutSeconds: 1, deadlineSeconds: 1 };
    const web = { service: "web", name: "web", id: "web", port: 80, health, pids: 1, responseTimeLimitMs: 1 };
    await writeRecord(place, "shop", {
      serial: 1,
      live: liveRelease("aaaa", { containers: [web] }),
      drainingWorkers: [],
    });
    await hold();
    const { services } = await checkServices(place, { services: ["shop"] });
    assert.deepEqual(services["shop/web"], {
      status: "unhealthy",
      response_time_ms: null,
      reason:
        "its requests are answered 503: a command left them held, and the host tries to let them go; next: slipway up",
    });
  });
});
