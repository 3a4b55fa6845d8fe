import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeDatabase, scramVerifier } from "./database";
import { withEmptyDocker } from "./empty-docker.fixture";
import { layout } from "./layout";
import { Log } from "./log";
import { readRecord, writeRecord } from "./record";

describe("SCRAM verifier", () => {
  it("is what RFC 7677 section 3 gives for its example", () => {
    const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
    assert.equal(
      scramVerifier("pencil", salt),
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });
});

describe("a project's database that its removal deletes", () => {
  it("PU-08 fault 12: the record has no schema any more, and says when: backups from before are of other data", async () => {
    const root = await mkdtemp(join(tmpdir(), "slipway-database-"));
    try {
      const place = layout(root);
      const log = new Log(place.log, { informationTo: "nowhere" });
      const wanted = { project: "shop", postgres: "postgres", database: "shop", role: "shop", password: "p" };
      const record = { serial: 1, drainingWorkers: [], schema: { revision: "r1", heads: {} } };
      await writeRecord(place, "shop", record);
      const began = Date.now();
      await withEmptyDocker(async () => {
        await removeDatabase(place, log, { ...wanted, deleteData: false });
        assert.deepEqual(await readRecord(place, "shop"), record);
        await removeDatabase(place, log, { ...wanted, deleteData: true });
      });
      const { schema, dataDeletedAt = "" } = await readRecord(place, "shop");
      assert.equal(schema, undefined);
      assert.ok(Date.parse(dataDeletedAt) >= began, dataDeletedAt);
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
