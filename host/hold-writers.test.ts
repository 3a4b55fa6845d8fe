import { strict as assert } from "node:assert";
import { mkdirSync, rmdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupLock } from "./backup/backup-index";
import { describePlatform, describeProject } from "./description";
import { withEmptyDocker } from "./empty-docker.fixture";
import { currentGeneration } from "./generation";
import { endLeftHold, type HoldOptions, whileHeld } from "./hold-writers";
import { type Layout, layout } from "./layout";
import { isHeld } from "./left-held";
import { lockHolder, withLock } from "./lock";
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
  const log = () => new Log(place.log, { informationTo: "nowhere" });
  const holding = <T>(action: () => Promise<T>, options: HoldOptions = {}) =>
    whileHeld(place, log(), held, action, {
      postgresSeconds: 0,
      ...options,
    });

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
      assert.equal(await holding(() => isHeld(place, "shop"), { postgresSeconds: 10 }), true);
    });
  });

  /** Waits for the lock of the backups while another command has it. */
  async function besideProof(options: HoldOptions, meanwhile: () => Promise<void>): Promise<void> {
    const lock = backupLock(place, "shop");
    const told = () => readFile(place.log, "utf8").catch(() => "");
    await withEmptyDocker(async () => {
      let change: Promise<void> | undefined;
      await withLock(lock, "proof", 0, async () => {
        change = holding(async () => {
          assert.equal((await lockHolder(lock))?.purpose, "change of the data of shop");
        }, options);
        while (!(await told()).includes("waiting for proof")) await new Promise((done) => setTimeout(done, 5));
        await meanwhile();
      });
      await change;
    });
    assert.deepEqual([await isHeld(place, "shop"), await lockHolder(lock)], [false, undefined]);
    assert.match(await told(), /INFO: shop: waiting for proof \(process \d+, since /);
  }

  it("MT-27 SC-05 wait for a backup, or a proof of one, before they are held: the lock is had until they are let go", () => {
    let isChecked = false;
    const check = async () => {
      isChecked = true;
    };
    return besideProof({ check }, async () => {
      assert.deepEqual([await isHeld(place, "shop"), isChecked], [false, false]);
    });
  });

  it("RB-02 MT-13 are held at once where what serves has failed, and wait for a backup then", () =>
    besideProof({ isUrgent: true }, async () => assert.equal(await isHeld(place, "shop"), true)));

  it("RB-12 PU-06 stay held where they cannot be let go at once: what was done is done, what failed is told", async () => {
    // No generation can be made current meanwhile.
    const obstacle = join(place.gateway, "current.next");
    const outcomeOf = (action: () => string) =>
      withEmptyDocker(() =>
        holding(async () => {
          mkdirSync(obstacle);
          return action();
        }).finally(() => rmdirSync(obstacle)),
      ).catch(({ message }: Error) => message);
    assert.equal(await outcomeOf(() => "done"), "done");
    assert.equal(await isHeld(place, "shop"), true);
    await withEmptyDocker(() => endLeftHold(place, log(), held));
    assert.equal(await isHeld(place, "shop"), false);
    assert.equal(await outcomeOf(() => assert.fail("it failed")), "it failed");
    assert.match(
      await readFile(place.log, "utf8"),
      /ERROR: shop: its requests may still be answered 503; to let it go is tried again, also by the next `up`: EEXIST/,
    );
  });

  it("MT-13 are not where what is to be done could not be taken back", async () => {
    const check = () => Promise.reject(new Error("no room"));
    for (const isUrgent of [false, true]) {
      await assert.rejects(
        withEmptyDocker(() => holding(() => assert.fail("it was held"), { check, isUrgent })),
        /no room/,
      );
    }
    assert.equal(await isHeld(place, "shop"), false);
  });
});
