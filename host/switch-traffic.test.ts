import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withEmptyDocker } from "./empty-docker.fixture";
import { applyEdit, makeCurrent } from "./generation";
import { type Layout, layout } from "./layout";
import { liveRelease } from "./record.fixture";
import type { ReleaseContainer } from "./requests";
import { routesEdit } from "./route-paths";
import { switchTraffic } from "./switch-traffic";

const RELEASE = "aaaaaaaaaa";
const FIRST_ANSWER_MS = 2200;

describe("a switch of traffic", function () {
  this.timeout(20_000);
  let root: string;
  let place: Layout;
  let server: Server;
  let asked: number;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-switch-"));
    place = layout(root);
    asked = 0;
    await applyEdit(join(place.gateway, "gen-1"), routesEdit("shop", { upstreams: "", locations: "" }));
    await makeCurrent(place, "gen-1");
    server = createServer((_, answer) => {
      asked += 1;
      setTimeout(() => answer.setHeader("x-slipway-release", RELEASE).end(), asked === 1 ? FIRST_ANSWER_MS : 0);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterEach(async () => {
    server.close();
    await rm(root, { recursive: true });
  });

  /** To a release whose health check may take so many seconds. */
  const switched = (timeoutSeconds: number) => {
    const health = { path: "/healthz", intervalSeconds: 1, timeoutSeconds, deadlineSeconds: 60 };
    const web = { id: "w", service: "web", port: 8080, health } as ReleaseContainer;
    const to = liveRelease(RELEASE, { host: "shop.test", containers: [web] });
    const gateway = { container: "", address: "127.0.0.1", port: (server.address() as AddressInfo).port };
    const wanted = { project: "shop", to, gateway, purpose: "rollout" };
    return withEmptyDocker(() => switchTraffic(place, wanted, { serial: 0, drainingWorkers: [] }, (record) => record));
  };

  it("MT-12 is confirmed by a health check that is slow, within the time that it may take", async () => {
    assert.equal((await switched(5)).live?.release, RELEASE);
    assert.equal(asked, 3, "the slow answer did not count");
  });
});
