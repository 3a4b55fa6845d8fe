import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readIfThere, writeAtomic } from "./atomic-file";
import { holdText } from "./confirm-hold";
import { openJournal } from "./data-journal";
import { describePlatform, describeProject } from "./description";
import { withDockerAt } from "./docker-at.fixture";
import { withEmptyDocker } from "./empty-docker.fixture";
import { makeCurrent, pointAt } from "./generation";
import { guardHold } from "./guard-hold";
import { type Layout, layout } from "./layout";
import { holdPath, isHeld } from "./left-held";
import { lockHolder, withLock } from "./lock";
import { Log } from "./log";
import { platform, projectOf } from "./platform.fixture";

describe("the guard of a hold", () => {
  let root: string;
  let place: Layout;
  const held = { description: projectOf("shop"), gateway: platform.gateway };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-guard-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, projectOf("shop"));
    await hold("a");
    await makeCurrent(place, "gen-1");
    await pointAt(place, "loaded", "gen-1");
    await openJournal(place, "shop", { upgrade: true });
  });
  afterEach(() => rm(root, { recursive: true }));

  const hold = (token: string) => writeAtomic(join(place.gateway, "gen-1", holdPath("shop")), holdText(token));

  /**
   * With a clock that stands still but for the pauses, and runs faster then. Resolves with their lengths in seconds and what
   * was logged.
   */
  async function guard(inPause: (pauses: number) => Promise<unknown> = async () => undefined, speed = 1) {
    const log = new Log(place.log, { informationTo: "nowhere", each: "once" });
    const pauses: number[] = [];
    let now = 0;
    const pause = async (milliseconds: number) => {
      now += speed * milliseconds;
      pauses.push(milliseconds / 1000);
      assert.equal(await lockHolder(place.project("shop")), undefined);
      await inPause(pauses.length);
    };
    const isOver = await guardHold(place, log, held, { now: () => now, pause });
    return { isOver, pauses, log: (await readIfThere(place.log)) ?? "" };
  }

  it("PU-06 RB-12 tries again until an outage is over, with the project's lock free meanwhile, and says once what failed", async () => {
    await withEmptyDocker(async (engine) => {
      engine.isAway = true;
      const { isOver, pauses, log } = await guard(async (count) => {
        engine.isAway = count < 8;
      });
      assert.deepEqual([isOver, pauses], [true, [1, 2, 4, 8, 16, 32, 60, 60]]);
      assert.equal(log.match(/ERROR/g)?.length, 1, log);
      assert.match(
        log,
        /ERROR: shop: its requests stay answered 503; to let it go is tried again, also by the next `up`: /,
      );
      assert.match(log, /WARN: shop: its requests, which a command had left held, are answered again/);
    });
    assert.equal(await isHeld(place, "shop"), false);
  });

  it("PU-06 gives up after a day, and says so", async () => {
    const { isOver, pauses, log } = await withDockerAt(() => guard(undefined, 100));
    const hours = (100 * pauses.reduce((sum, one) => sum + one)) / 3600;
    assert.ok(!isOver && hours >= 24 && hours < 26, `${hours}`);
    assert.match(log, /ERROR: shop: its requests stay answered 503 until the next `up`: /);
    assert.equal(await isHeld(place, "shop"), true);
  });

  it("PU-06 ends where another command has settled it and holds anew, with a guard of its own", async () => {
    const { isOver, pauses } = await withDockerAt(() => guard(() => hold("b")));
    assert.deepEqual([isOver, pauses], [true, [1]]);
    assert.equal(await isHeld(place, "shop"), true);
  });

  it("PU-06 waits for the command that holds, and does nothing where that has let go", async () => {
    await rm(join(place.gateway, "gen-1", holdPath("shop")));
    let isDone = false;
    const command = withLock(place.project("shop"), "rollout", 0, async () => {
      await new Promise((done) => setTimeout(done, 100));
      isDone = true;
    });
    const { isOver, pauses } = await withDockerAt(() => guard());
    assert.deepEqual([isOver, pauses, isDone], [true, [], true]);
    await command;
  });
});
