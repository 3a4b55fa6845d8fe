import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { digestOf } from "../host/backup/archive-file";
import { readIndex } from "../host/backup/backup-index";
import { backupProject } from "../host/backup/backup-project";
import { expiredCopies } from "../host/backup/expired-copies";
import { freeBytes } from "../host/backup/free-space";
import { ObjectStore, RefusedError } from "../host/backup/object-store";
import { preDeployBackup } from "../host/backup/pre-deploy-backup";
import { closeJournal, openWithBackup } from "../host/data-journal";
import { DataHost } from "./support/data-host";
import { ObjectStoreServer } from "./support/object-store-server";

describe("the copy of a backup in an object store", function () {
  this.timeout(60_000);
  let folder: string;
  let server: ObjectStoreServer;

  before(async function () {
    this.timeout(900_000);
    const missing = await ObjectStoreServer.missing();
    if (missing !== undefined) {
      process.stdout.write(`skipped: ${missing}\n`);
      return this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), "slipway-objects-"));
    server = await ObjectStoreServer.start(join(folder, "store"));
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const file = async (name: string, content: Buffer) => {
    await writeFile(join(folder, name), content);
    return { path: join(folder, name), digest: await digestOf(join(folder, name)) };
  };
  const stored = (key: string) => readFile(join(server.folder, "backups/of-the-test", key));

  it("SC-08 is the file, byte by byte, in one piece or in parts; a second time changes nothing", async () => {
    const store = new ObjectStore(server.settings);
    for (const bytes of [0, 1000, 40 * 1024 * 1024 + 1]) {
      const content = randomBytes(bytes);
      const { path, digest } = await file("some", content);
      await store.put(`some-${bytes}`, path, digest);
      await store.put(`some-${bytes}`, path, digest);
      assert.ok((await stored(`some-${bytes}`)).equals(content), `${bytes} bytes`);
    }
  });

  it("SC-08 that is not the file that was listed is an error", async () => {
    for (const bytes of [1000, 20 * 1024 * 1024]) {
      const { path, digest } = await file("other", randomBytes(bytes));
      await writeFile(path, randomBytes(bytes));
      const put = new ObjectStore(server.settings).put("other", path, digest);
      await assert.rejects(put, { message: /other is damaged: its SHA-256 is/ });
    }
  });

  it("SC-12 a wrong key is refused at once; a store that is busy is asked three times", async () => {
    const { path, digest } = await file("third", Buffer.from("content"));
    const wrong = new ObjectStore({ ...server.settings, secretAccessKey: "wrong" });
    await assert.rejects(wrong.put("third", path, digest), RefusedError);

    let asked = 0;
    const busy = createServer((_request, answer) => {
      asked++;
      answer.writeHead(503).end();
    });
    await new Promise<void>((done) => busy.listen(0, "127.0.0.1", done));
    const endpoint = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`;
    await assert.rejects(new ObjectStore({ ...server.settings, endpoint }).put("third", path, digest), /answered 503/);
    busy.close();
    assert.equal(asked, 3);
  });

  it("SC-08 is made after each backup, noted in the index, and made up for when the store was down", async () => {
    await using host = await DataHost.create();
    await host.sql("CREATE TABLE events (id int); INSERT INTO events VALUES (1);");
    const backup = () => backupProject(host.layout, host.log, { project: "shop", type: "manual", by: "ann" });

    await host.describe({ s3: { ...server.settings, secretAccessKey: "wrong" } });
    const first = await backup();
    assert.equal(first.uploaded_at, null);
    assert.match(host.kept.text, /WARN: shop: the backup is on this host only, its upload failed: .* answered 403/);
    assert.equal((await readIndex(host.layout, "shop")).backups.at(-1)?.uploaded_at, null);

    await host.describe({ s3: server.settings });
    const second = await backup();
    assert.match(second.uploaded_at ?? "", /^\d{4}-/);
    const { backups } = await readIndex(host.layout, "shop");
    for (const { uploaded_at } of backups) assert.match(uploaded_at ?? "", /^\d{4}-/);
    for (const { backup_id, file_path } of [first, second]) {
      const key = (name: string) => `${host.sandbox.name}/shop/${backup_id}/${name}`;
      assert.ok((await stored(key("database.dump.zst"))).equals(await readFile(file_path)));
      assert.equal(JSON.parse((await stored(key("manifest.json"))).toString()).backup_id, backup_id);
    }
  });

  it("SC-08 of an older backup that is damaged here keeps no newer one back, and is said", async () => {
    await using host = await DataHost.create();
    await host.sql("CREATE TABLE events (id int); INSERT INTO events VALUES (1);");
    const backup = () => backupProject(host.layout, host.log, { project: "shop", type: "manual", by: "ann" });
    const older = await backup();
    await writeFile(older.file_path, "something else");
    await host.describe({ s3: server.settings });
    const newer = await backup();
    assert.match(newer.uploaded_at ?? "", /^\d{4}-/);
    assert.match(
      host.kept.text,
      new RegExp(`WARN: shop: an older backup is on this host only, .*: ${older.backup_id}: .* damaged|ended at`),
    );
    const { backups } = await readIndex(host.layout, "shop");
    assert.equal(backups[0]?.uploaded_at, null);
  });

  it("MT-13 SC-08 of a backup for which requests are held waits for the next one", async () => {
    await using host = await DataHost.create();
    await host.describe({ s3: server.settings });
    const held = await openWithBackup(host.layout, host.log, "shop", "ann");
    const copied = async () =>
      (await readIndex(host.layout, "shop")).backups.map((entry) => entry.uploaded_at !== null);
    assert.deepEqual(await copied(), [false], held);
    await closeJournal(host.layout, "shop");
    await backupProject(host.layout, host.log, { project: "shop", type: "manual", by: "ann" });
    assert.deepEqual(await copied(), [true, true]);
  });

  it("MT-06 SC-08 of one before a deploy is made with the success backup after it", async () => {
    await using host = await DataHost.create();
    await host.describe({ s3: server.settings });
    const copied = async () =>
      (await readIndex(host.layout, "shop")).backups.map(({ backup_type, uploaded_at }) => [
        backup_type,
        !!uploaded_at,
      ]);
    await preDeployBackup(host.layout, host.log, { project: "shop", release: "aaaaaaaaaa", version: "1" }, undefined);
    assert.deepEqual(await copied(), [["pre_deployment", false]]);
    await backupProject(host.layout, host.log, { project: "shop", type: "success", by: "ann" });
    assert.deepEqual(await copied(), [
      ["pre_deployment", true],
      ["success", true],
    ]);
    // By hand it waits for nothing.
    await backupProject(host.layout, host.log, { project: "shop", type: "pre_deployment", by: "ann" });
    assert.deepEqual((await copied()).at(-1), ["pre_deployment", true]);
  });

  it("SC-07 SC-08 goes with its backup by the same retention, logged; what is beside it or in its place stays", async () => {
    await using host = await DataHost.create();
    await host.sql("CREATE TABLE events (id int); INSERT INTO events VALUES (1);");
    await host.describeProject({ backup: { format: "zstd", volumes: [], keep: 1, retentionDays: 7 } });
    const start = Date.now();
    const backup = async (days: number) => {
      const surroundings = { now: () => new Date(start + days * 86_400_000), freeBytes, minimumFreeBytes: 0 };
      const wish = { project: "shop", type: "manual", by: "ann" } as const;
      return (await backupProject(host.layout, host.log, wish, surroundings)).backup_id;
    };
    const folder = join(server.folder, "backups/of-the-test", host.sandbox.name);
    const objects = async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
        .sort();
    const copyOf = (id: string) =>
      ["configuration/description.json", "database.dump.zst", "manifest.json"].map((name) => `shop/${id}/${name}`);

    await host.describe({ s3: server.settings });
    const [first, second] = [await backup(0), await backup(1)] as const;
    // Of others: beside a copy, in the place of one of its files, and of a backup that this index never had.
    const store = new ObjectStore(server.settings);
    const { path, digest } = await file("foreign", randomBytes(1000));
    const foreign = [
      `shop/${first}/notes`,
      `shop/${second}/database.dump.zst`,
      "shop/backup_20200101_000000/manifest.json",
    ];
    await rm(join(folder, foreign[1] as string));
    for (const key of foreign) await store.put(`${host.sandbox.name}/${key}`, path, digest);

    // The store refuses: the backups go here, their copies when it takes deletions again.
    await host.describe({ s3: { ...server.settings, secretAccessKey: "wrong" } });
    const third = await backup(20);
    assert.deepEqual(
      (await readIndex(host.layout, "shop")).backups.map(({ backup_id }) => backup_id),
      [third],
    );
    assert.deepEqual(await objects(), [...copyOf(first), ...copyOf(second), foreign[0], foreign[2]].sort());

    await host.describe({ s3: server.settings });
    const fourth = await backup(20);
    assert.deepEqual(await objects(), [...foreign, ...copyOf(third), ...copyOf(fourth)].sort());
    for (const id of [first, second]) {
      assert.match(host.kept.text, new RegExp(`INFO: shop: deleted the copy of ${id} from backups`));
    }
    assert.match(
      host.kept.text,
      new RegExp(`WARN: shop: .*/${foreign[1]} in backups is not what was uploaded; it stays`),
    );
    assert.deepEqual(await expiredCopies(host.layout, "shop"), []);
  });
});
