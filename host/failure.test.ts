import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describePlatform } from "./description";
import { recordFailure } from "./failure";
import { type Layout, layout } from "./layout";
import { Log } from "./log";
import { platform } from "./platform.fixture";

describe("a deploy that failed", () => {
  let root: string;
  let place: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-failure-"));
    place = layout(root);
    await describePlatform(place, platform);
  });
  afterEach(() => rm(root, { recursive: true }));

  it("fault 7 SC-15 MT-13 is recorded and told where neither failure.json nor the manifest can be written", async () => {
    for (const name of ["failure.json", "manifest.json"]) {
      await mkdir(join(place.project("shop"), `${name}.${process.pid}.tmp`), { recursive: true });
    }
    const log = new Log(place.log, { informationTo: "nowhere" });
    const request = { project: "shop", release: "aaaa", version: "1.1.0" };
    const error = { message: "no space left\nhint", exitCode: 4 };
    const recorded = recordFailure(place, log, "migrate", request, error, { intended: undefined, began: 0 });
    await assert.rejects(recorded, /failure\.json/);
    const { project, result, to, reason } = JSON.parse(await readFile(place.audit, "utf8"));
    assert.deepEqual([project, result, to, reason], ["shop", "failure", "1.1.0 (aaaa)", "no space left"]);
    const logged = await readFile(place.log, "utf8");
    assert.match(logged, /WARN: shop: the outcome could not be written down: .*manifest\.json/);
    assert.match(logged, /INFO: shop: deploy of 1\.1\.0 \(release aaaa\) failed: no space left; nothing serves\n$/);
  });
});
