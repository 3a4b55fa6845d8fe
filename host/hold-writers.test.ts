import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupLock } from "./backup/backup-index";
import { describePlatform, describeProject } from "./description";
import { withEmptyDocker } from "./empty-docker.fixture";
import { currentGeneration } from "./generation";
import { whileHeld } from "./hold-writers";
import { type Layout, layout } from "./layout";
import { isHeld } from "./left-held";
import { lockHolder, socketAddress, withLock } from "./lock";
import { waitingTickets } from "./lock-queue";
import { Log } from "./log";
import { platform, projectOf } from "./platform.fixture";

describe("requests that are held for a change of the data", () => {
  let root: string;
  let place: Layout;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-hold-writers-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, projectOf("shop"));
  });
  afterEach(() => rm(root, { recursive: true }));

  const held = { description: { ...projectOf("shop"), database: "shop" }, gateway: platform.gateway };
  const holding = <T>(action: () => Promise<T>, postgresSeconds = 0) =>
    whileHeld(place, new Log(place.log, { informationTo: "nowhere" }), held, action, postgresSeconds);

  it("RB-12 MT-27 are not while Postgres does not answer, and nothing is changed", async () => {
    await withEmptyDocker(async (engine) => {
      engine.exitCode = 2;
      await assert.rejects(
        holding(() => assert.fail("it was held")),
        /^PostgresError: shop: Postgres does not answer: .*; nothing was changed$/,
      );
      assert.equal(await currentGeneration(place), undefined);
      engine.exitCode = 0;
      assert.equal(await holding(() => isHeld(place, "shop")), true);
    });
    assert.equal(await isHeld(place, "shop"), false);
  });

  it("RB-12 are once Postgres answers again, where that is soon", async () => {
    await withEmptyDocker(async (engine) => {
      engine.exitCode = 2;
      setTimeout(() => {
        engine.exitCode = 0;
      }, 100);
      assert.equal(await holding(() => isHeld(place, "shop"), 10), true);
    });
  });

  it("MT-27 SC-05 wait for a backup, or a proof of one, before they are held: the lock is had until they are let go", async () => {
    const lock = backupLock(place, "shop");
    await withEmptyDocker(async () => {
      let change: Promise<void> | undefined;
      await withLock(lock, "proof", 0, async () => {
        change = holding(async () => {
          assert.equal((await lockHolder(lock))?.purpose, "change of the data of shop");
        });
        const isWaiting = () => waitingTickets(socketAddress(lock)).length > 0;
        while (!isWaiting() && !(await isHeld(place, "shop"))) await new Promise((done) => setTimeout(done, 5));
        assert.equal(await isHeld(place, "shop"), false);
      });
      await change;
    });
    assert.deepEqual([await isHeld(place, "shop"), await lockHolder(lock)], [false, undefined]);
  });
});
