import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layout } from "../layout";
import { Log } from "../log";
import { digestOf } from "./archive-file";
import { backupEntry } from "./backup-entry.fixture";
import { type BackupEntry, entryFolder, manifestPath, manifestText, readIndex, writeIndex } from "./backup-index";
import { uploadBackups } from "./upload-backups";

describe("the copies in the object store", () => {
  it("SC-08 are made of all backups that can be copied, though an older one is damaged here, which is said", async () => {
    const root = await mkdtemp(join(tmpdir(), "slipway-upload-"));
    const place = layout(root);
    const made: BackupEntry[] = [];
    for (const day of ["01", "02", "03"]) {
      const entry = backupEntry({ backup_id: `backup_202601${day}_000000` });
      await mkdir(entryFolder(place, entry), { recursive: true });
      const dump = join(entryFolder(place, entry), "database.dump.zst");
      await writeFile(dump, "rows");
      made.push({ ...entry, files: [{ name: "database.dump.zst", kind: "database", ...(await digestOf(dump)) }] });
    }
    for (const entry of made) await writeFile(manifestPath(place, entry), manifestText(entry));
    await writeIndex(place, "shop", { backups: made });
    const [first, second, third] = made as [BackupEntry, BackupEntry, BackupEntry];
    await writeFile(join(entryFolder(place, first), "database.dump.zst"), "worm");
    await rm(join(entryFolder(place, second), "database.dump.zst"));

    /** Keeps no more of an object than a HEAD answers. */
    const objects = new Map<string | undefined, IncomingHttpHeaders>();
    const store = createServer((request, answer) => {
      if (request.method === "PUT") objects.set(request.url, request.headers);
      const { "content-length": length, "x-amz-meta-sha256": sha256 } = objects.get(request.url) ?? {};
      const found = sha256 === undefined ? 404 : 200;
      const headers = { "x-amz-meta-sha256": sha256, ...(request.method === "HEAD" && { "content-length": length }) };
      request.resume().on("end", () => answer.writeHead(found, found === 200 ? headers : {}).end());
    });
    await new Promise<void>((done) => store.listen(0, "127.0.0.1", done));
    const endpoint = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
    const settings = { endpoint, region: "r", bucket: "b", prefix: "", accessKeyId: "k", secretAccessKey: "s" };
    const log = new Log(place.log, { informationTo: "nowhere" });
    try {
      await assert.rejects(uploadBackups(place, log, "shop", settings), (error: Error) => {
        assert.match(error.message, new RegExp(`${first.backup_id}: .* is damaged: .*; ${second.backup_id}: ENOENT`));
        return true;
      });
    } finally {
      store.closeAllConnections();
      store.close();
    }
    const { backups } = await readIndex(place, "shop");
    assert.deepEqual(
      backups.map(({ backup_id, uploaded_at }) => [backup_id, uploaded_at !== null]),
      [
        [first.backup_id, false],
        [second.backup_id, false],
        [third.backup_id, true],
      ],
    );
    await rm(root, { recursive: true });
  });
});
