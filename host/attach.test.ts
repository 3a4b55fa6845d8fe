import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unroute } from "./attach";
import { recordEvent } from "./audit";
import { withEmptyDocker } from "./empty-docker.fixture";
import { type Layout, layout } from "./layout";
import { socketAddress, withLock } from "./lock";
import { waitingTickets } from "./lock-queue";
import { Log } from "./log";
import { observe } from "./observe";
import { platform } from "./platform.fixture";
import { readRecord, writeRecord } from "./record";
import { liveRelease } from "./record.fixture";

describe("a project that is taken off the gateway", () => {
  let root: string;
  let place: Layout;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-unroute-"));
    place = layout(root);
  });
  afterEach(() => rm(root, { recursive: true }));

  const unrouted = () =>
    withEmptyDocker(() =>
      unroute(place, new Log(place.log, { informationTo: "nowhere" }), { project: "shop", gateway: platform.gateway }),
    );

  it("RB-14 PU-06 forgets where its traffic was held, so that the release it was taken from goes live again", async () => {
    const at = "2026-01-01T00:00:00Z";
    const schema = { revision: "0002", heads: {} };
    await writeRecord(place, "shop", {
      serial: 4,
      drainingWorkers: [],
      live: liveRelease("r1"),
      standby: liveRelease("r2"),
      held: { from: "r2", to: "r1", reason: "watch", text: "r2 failed", at },
      degraded: { release: "r1", text: "the way back failed", at },
      schema,
    });
    await unrouted();
    assert.deepEqual(await readRecord(place, "shop"), { serial: 5, drainingWorkers: [], schema });
    const projects = { shop: { release: "r2", siteSha256: "" } };
    const { shop } = (await observe(place, { stack: platform.stack, configSha256: "", projects })).projects;
    assert.deepEqual([shop?.rollout, shop?.held], [6, undefined]);
  });

  // Its caller may be gone: nobody else would wait for it.
  it("PU-06 MT-27 waits for a rollout that goes on: no release is left that nobody may take away", async () => {
    const lock = place.project("shop");
    let removal: Promise<unknown> | undefined;
    await withLock(lock, "rollout shop r2", 0, async () => {
      const before = await readRecord(place, "shop");
      let isOver = false;
      removal = unrouted().finally(() => {
        isOver = true;
      });
      while (!isOver && waitingTickets(socketAddress(lock)).length === 0)
        await new Promise((done) => setTimeout(done, 5));
      await writeRecord(place, "shop", { ...before, serial: 1, live: liveRelease("r2") });
    });
    await removal;
    assert.deepEqual(await readRecord(place, "shop"), { serial: 2, drainingWorkers: [] });
  });

  it("MT-21 is no longer measured: no alert waits for its next backup", async () => {
    const backup = { operation: "backup", by: "", from: "", to: "", result: "success", seconds: 1 } as const;
    for (const project of ["shop", "blog"]) await recordEvent(place, { ...backup, project });
    await unrouted();
    const projects = (await readFile(place.metrics, "utf8")).match(/project="\w+"/g);
    assert.deepEqual([...new Set(projects)], ['project="blog"']);
  });
});
