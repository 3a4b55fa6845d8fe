import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import os, { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { concludeFailure } from "./conclude";
import { describePlatform } from "./description";
import { readIntent, type Wish, wishOf, writeIntent } from "./intent";
import { layout } from "./layout";
import { Log } from "./log";
import { platform } from "./platform.fixture";
import type { Intent } from "./requests";

describe("what an operator wants of the next deploy", () => {
  let root: string;
  const intent: Intent = {
    project: "shop",
    release: "3f2a91c04e",
    operation: "deploy",
    force: true,
    skipBackup: false,
    by: "ann@laptop",
    gitSha: "",
    at: "2030-01-01T12:00:00Z",
    run: "20300101-120000-9f3a1c",
  };
  before(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-intent-"));
  });
  after(() => rmSync(root, { recursive: true }));

  const read = (release: string, at: string) => readIntent(layout(root), { project: "shop", release }, new Date(at));

  it("MT-05 counts for the release that it names, and for an hour", async () => {
    assert.equal(await read("3f2a91c04e", "2030-01-01T12:01:00Z"), undefined);
    await writeIntent(layout(root), intent);
    assert.deepEqual(await read("3f2a91c04e", "2030-01-01T12:59:00Z"), intent);
    assert.equal(await read("3f2a91c04e", "2030-01-01T13:00:00Z"), undefined);
    assert.equal(await read("0000000000", "2030-01-01T12:01:00Z"), undefined);
  });

  it("MT-05 is forgotten when what a run wanted has failed; what another run wants stays", async () => {
    const place = layout(root);
    const log = new Log(place.log, { informationTo: "nowhere" });
    await describePlatform(place, platform);
    const attempt = { project: "shop", release: intent.release, version: "1.1.0", began: performance.now() };
    const fail = (wish: Wish) =>
      concludeFailure(place, log, { ...attempt, intent: wish }, { result: "failed", reason: "unhealthy" });
    await writeIntent(place, intent);
    await fail({ ...intent, run: "20300101-110000-000000" });
    await fail(wishOf(undefined)); // A watch, or a plain `up`.
    assert.deepEqual(await read("3f2a91c04e", intent.at), intent);
    await fail(wishOf(intent));
    assert.equal(await read("3f2a91c04e", intent.at), undefined);
  });

  it("belongs to no request that is not part of a deploy", async () => {
    await writeIntent(layout(root), intent);
    assert.equal(await readIntent(layout(root), {}, new Date(intent.at)), undefined);
    assert.equal(await readIntent(layout(root), { project: "shop" }, new Date(intent.at)), undefined);
  });

  it("is wanted by somebody, also where the uid has no name", () => {
    mock.method(os, "userInfo", () => {
      throw new Error("A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)");
    });
    try {
      assert.match(wishOf(undefined).by, new RegExp(`^.+@${os.hostname()}$`));
    } finally {
      mock.restoreAll();
    }
  });
});
