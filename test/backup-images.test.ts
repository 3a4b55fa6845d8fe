import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describePlatform, describeProject } from "../host/description";
import { restoreImage, tagBackupImages } from "../host/images/backup-images";
import { readLedger, rememberImages } from "../host/images/image-ledger";
import { pruneImages } from "../host/images/prune-images";
import { type Layout, layout } from "../host/layout";
import type { Log } from "../host/log";
import { writeRecord } from "../host/record";
import type { PlatformDescription, ProjectDescription } from "../host/requests";
import { LoopbackRegistry } from "./golden/loopback-registry";
import { makeSmallImage } from "./golden/small-image";
import { DockerResources } from "./providers/docker-resources";

describe("images of backups", function () {
  this.timeout(60_000);
  const { docker, mark, removeAll } = bound(new DockerResources());
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (line: string) => warnings.push(line), error: () => {} } as unknown as Log;
  let registry: LoopbackRegistry;
  let folder: string;
  let place: Layout;

  beforeEach(async () => {
    registry = await LoopbackRegistry.start();
    folder = mkdtempSync(join(tmpdir(), "slipway-images-"));
    place = layout(folder);
    warnings.length = 0;
    await describePlatform(place, { stack: mark } as PlatformDescription);
    for (const project of ["shop", "blog"]) await describeProject(place, { project } as ProjectDescription);
  });
  afterEach(async () => {
    await registry.stop();
    rmSync(folder, { recursive: true });
  });
  after(() => removeAll());

  function bound(resources: DockerResources) {
    return { docker: resources.docker, mark: resources.mark, removeAll: () => resources.removeAll() };
  }

  /** An image in the registry and here, under its digest alone. */
  async function pushed(name: string): Promise<string> {
    const tagged = `127.0.0.1:${registry.port}/${mark}-${name}:1`;
    makeSmallImage(tagged, `${mark}-${name}`);
    const progress = await docker.getImage(tagged).push({ authconfig: {} });
    await new Promise((done, fail) =>
      docker.modem.followProgress(progress, (error) => (error ? fail(error) : done(0))),
    );
    const [digest] = (await docker.getImage(tagged).inspect()).RepoDigests;
    await docker.getImage(tagged).remove();
    await pull(digest as string);
    return digest as string;
  }

  async function pull(reference: string): Promise<void> {
    const progress = await docker.pull(reference);
    await new Promise((done, fail) =>
      docker.modem.followProgress(progress, (error) => (error ? fail(error) : done(0))),
    );
  }

  async function isHere(name: string): Promise<boolean> {
    return docker
      .getImage(name)
      .inspect()
      .then(
        () => true,
        () => false,
      );
  }

  const serves = (images: Record<string, string>) =>
    writeRecord(place, "shop", { serial: 1, drainingWorkers: [], live: { images } as never });

  it("OV-01 OV-02 MT-06 the image in use is tagged with the backup's id, without a container, and noted", async () => {
    const web = await pushed("one");
    const { Id } = await docker.getImage(web).inspect();
    const [noted, ...others] = await tagBackupImages(place, log, { project: "shop", backupId: "b1", images: { web } });
    const tag = `slipway-backup/${mark}/shop/web:b1`;
    const [repository, digest] = web.split("@");
    assert.deepEqual(noted, { backupId: "b1", service: "web", reference: web, repository, digest, imageId: Id, tag });
    assert.deepEqual(others, []);
    assert.equal((await docker.getImage(tag).inspect()).Id, Id);
    assert.deepEqual((await readLedger(place, "shop")).backups, [noted]);
  });

  it("MT-22 two containers whose projects' names begin alike keep their own image each in backups of one second", async () => {
    const [api, web] = [await pushed("six"), await pushed("seven")];
    const [ofShop] = await tagBackupImages(place, log, {
      ...{ project: "shop", backupId: "b6", images: { "api-web": api } },
    });
    const [ofShopApi] = await tagBackupImages(place, log, { project: "shop-api", backupId: "b6", images: { web } });
    for (const noted of [ofShop, ofShopApi]) {
      assert.equal((await docker.getImage(noted?.tag as string).inspect()).Id, noted?.imageId);
    }
    assert.notEqual(ofShop?.imageId, ofShopApi?.imageId);
  });

  it("OV-03 a first deploy has no image to tag, and that is no error", async () => {
    assert.deepEqual(await tagBackupImages(place, log, { project: "shop", backupId: "b1", images: {} }), []);
    assert.deepEqual(warnings, []);
  });

  it("OV-04 an image that cannot be tagged is a warning; the others are tagged, a restore goes on without it", async () => {
    const web = await pushed("two");
    const api = web.replace(/[0-9a-f]{64}$/, "0".repeat(64));
    const noted = await tagBackupImages(place, log, { project: "shop", backupId: "b2", images: { api, web } });
    assert.deepEqual(
      noted.map(({ service, tag }) => [service, tag !== undefined]),
      [
        ["api", false],
        ["web", true],
      ],
    );
    assert.match(warnings.join("\n"), /image .*@sha256:0{64} could not be tagged as b2: .*no such image/i);
    assert.equal(await restoreImage(log, api, noted.slice(0, 1)), undefined);
    assert.match(warnings.at(-1) ?? "", /is gone and cannot be pulled .*no backup has it either/);
  });

  it("OV-10 a missing image comes back by its digest, or else by the backup's own tag", async () => {
    const web = await pushed("three");
    const [noted] = await tagBackupImages(place, log, { project: "shop", backupId: "b3", images: { web } });
    await docker.getImage(web).remove();
    assert.equal(await restoreImage(log, web, [noted as never]), web);
    assert.equal(await isHere(web), true);
    await docker.getImage(web).remove();
    await registry.stop();
    const id = await restoreImage(log, web, [noted as never]);
    assert.equal(id, noted?.imageId);
    assert.match(warnings.at(-1) ?? "", /is gone and cannot be pulled \(.*\); using slipway-backup\/.*:b3/);
    const [again] = await tagBackupImages(place, log, {
      ...{ project: "shop", backupId: "b3b" },
      ...{ images: { web }, imageIds: { web: id as string } },
    });
    assert.deepEqual([again?.reference, again?.imageId, again?.tag?.endsWith(":b3b")], [web, id, true]);
    registry = await LoopbackRegistry.start();
  });

  it("edge 32 a backup's tag that somebody moved to another image is not used", async () => {
    const [web, other] = [await pushed("four"), await pushed("five")];
    const [noted] = await tagBackupImages(place, log, { project: "shop", backupId: "b4", images: { web } });
    await docker.getImage(other).tag({ repo: `slipway-backup/${mark}/shop/web`, tag: "b4" });
    await docker.getImage(web).remove();
    await registry.stop();
    assert.equal(await restoreImage(log, web, [noted as never]), undefined);
    registry = await LoopbackRegistry.start();
  });

  it("MT-14 OV-11 old backup tags and superseded images go; live ones, needed ones and another project's stay", async () => {
    const [oldest, shared, needed, live] = [
      await pushed("a"),
      await pushed("b"),
      await pushed("c"),
      await pushed("d"),
    ] as const;
    const moment = (hour: number) => new Date(Date.UTC(2030, 0, 1, hour));
    for (const [hour, web] of [oldest, shared, needed, live].entries()) {
      await rememberImages(place, "shop", { web }, moment(hour));
    }
    await rememberImages(place, "blog", { web: shared });
    for (const [id, web] of Object.entries({ b1: oldest, b2: live })) {
      await tagBackupImages(place, log, { project: "shop", backupId: id, images: { web } });
    }
    const { Id } = await docker.getImage(oldest).inspect();
    await serves({ web: live });
    const removed = await pruneImages(place, log, { project: "shop", keep: 1, needed: [needed] });
    assert.deepEqual(removed.sort(), [oldest, `slipway-backup/${mark}/shop/web:b1`].sort());
    assert.equal(await isHere(Id), false);
    for (const image of [shared, needed, live, `slipway-backup/${mark}/shop/web:b2`]) {
      assert.equal(await isHere(image), true, image);
    }
    assert.deepEqual(await pruneImages(place, log, { project: "shop", keep: 1, needed: [needed] }), []);
  });

  it("MT-14 an image that a container still uses stays, and is removed after the next deploy", async () => {
    const [old, live] = [await pushed("e"), await pushed("f")];
    await rememberImages(place, "shop", { web: old }, new Date(0));
    await rememberImages(place, "shop", { web: live });
    await serves({ web: live });
    const container = await docker.createContainer({ Image: old, Labels: { "slipway.test": mark } });
    assert.deepEqual(await pruneImages(place, log, { project: "shop", keep: 1, needed: [live] }), []);
    assert.match(warnings.at(-1) ?? "", /image .* stays: .*container/);
    await container.remove();
    assert.deepEqual(await pruneImages(place, log, { project: "shop", keep: 1, needed: [live] }), [old]);
  });

  it("edge 31 nothing is removed while no image is said to be needed", async () => {
    const web = await pushed("g");
    await rememberImages(place, "shop", { web }, new Date(0));
    await rememberImages(place, "shop", { web: `${web.slice(0, -64)}${"1".repeat(64)}` });
    assert.deepEqual(await pruneImages(place, log, { project: "shop", keep: 1, needed: [web] }), []);
    await serves({ web });
    assert.deepEqual(await pruneImages(place, log, { project: "shop", keep: 1, needed: [] }), []);
    assert.equal(await isHere(web), true);
    assert.equal(warnings.filter((line) => /no image is removed/.test(line)).length, 2);
  });
});
