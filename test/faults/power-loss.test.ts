import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { readIndex } from "../../host/backup/backup-index";
import { layout } from "../../host/layout";
import { readRecord } from "../../host/record";
import { findBackup } from "../../host/restore/find-backup";
import { limit } from "../support/fault-limits";
import { Ledger } from "../support/ledger/ledger";
import { underLoad } from "../support/ledger/under-load";
import { note } from "../support/note";
import { PowerDisk } from "../support/power-disk";

const UNSYNCED = "unsynced";
const CONTENT = "nobody synced this";

describe("a power loss under load", function () {
  this.timeout(limit(180_000, 600_000));
  let ledger: Ledger;
  let disk: PowerDisk;

  before(async function () {
    if (!PowerDisk.canMount()) this.skip();
    ledger = await Ledger.create({
      prepare: async ({ folder }) => {
        disk = PowerDisk.mount(folder);
      },
    });
  });
  after(async () => {
    await disk?.[Symbol.asyncDispose]();
    await ledger?.[Symbol.asyncDispose]();
  });

  it("fault 39 PU-05 when a deploy has said that it succeeded all that it wrote is on disk: configuration, state, record, backup", async function () {
    const web = await ledger.build("2.0.0", { revision: "r2" });
    let left = "";
    const { outcome: run, text } = await underLoad(ledger, () => {
      const { done } = ledger.stack.start(["deploy", "ledger", "2.0.0"], {
        onOutput: (output) => {
          if (left !== "" || !output.includes("Deployment successful")) return;
          writeFileSync(join(ledger.stack.folder, UNSYNCED), CONTENT);
          left = disk.cut();
        },
      });
      return done;
    });
    assert.equal(run.code, 0, run.output);
    assert.notEqual(left, "", run.output);
    const release = await ledger.served();

    const relative = (path: string) => join(left, path.slice(ledger.stack.folder.length));
    const { config } = parse(await readFile(relative(ledger.stack.stackFile), "utf8"));
    const { live, standby } = config["slipway:releases"].ledger;
    assert.deepEqual([live.version, live.images.web, standby.version], ["2.0.0", web, "1.0.0"]);
    const { checkpoint } = JSON.parse(await readFile(relative(ledger.stack.checkpointFile), "utf8"));
    const urns = (checkpoint.latest.resources as { urn: string }[]).map(({ urn }) => urn);
    assert.ok(urns.some((urn) => urn.endsWith(`::ledger-web-${release}`)));
    assert.deepEqual(checkpoint.latest.pending_operations ?? [], []);
    const host = layout(join(left, ".slipway"));
    const record = await readRecord(host, "ledger");
    assert.deepEqual([record.live?.release, record.standby?.release], [release, ledger.first]);
    const types = (await readIndex(host, "ledger")).backups.map(({ backup_type }) => backup_type);
    assert.ok(types.includes("pre_deployment"), types.join());
    const { entry } = await findBackup(host, "ledger", "latest");
    assert.equal(entry.verified, true);
    assert.notEqual((await readFile(relative(entry.file_path))).length, 0);

    const lost = await readFile(join(left, UNSYNCED), "utf8").catch(() => "");
    assert.notEqual(lost, CONTENT, "this disk loses nothing, so this test tells nothing");
    note(this, `${text}; release, standby, state and ${types.length} backups were on disk`);
  });
});
