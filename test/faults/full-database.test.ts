import assert from "node:assert/strict";
import Docker from "dockerode";
import { databaseSpace } from "../../host/disk-space";
import { exec } from "../../host/docker";
import { checkPostgres } from "../../host/health/platform";
import type { PlatformDescription } from "../../host/requests";
import { limit } from "../support/fault-limits";
import { Ledger } from "../support/ledger/ledger";
import { underLoad } from "../support/ledger/under-load";
import { inMemory } from "../support/memory-volume";
import { note } from "../support/note";
import { until } from "../support/until";

const MIB = 250;
const DATA = "/var/lib/postgresql/data";
/** Too little for any backup, in bytes. */
const LEFT = 4_000_000;
/** Enough for a dump, and too little for a second database. */
const ROOM_FOR_A_BACKUP = 18_000_000;

describe("a full disk of the databases under load", function () {
  this.timeout(limit(180_000, 600_000));
  let ledger: Ledger;
  let postgres: string;

  before(async () => {
    ledger = await Ledger.create({
      prepare: async ({ name }) => {
        await new Docker().createVolume({
          Name: `slipway-${name}-postgres`,
          Labels: { "slipway.stack": name },
          ...inMemory(MIB),
        });
      },
    });
    postgres = (await ledger.stack.infrastructure()).postgres as string;
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  const health = () => checkPostgres({ postgres } as PlatformDescription);
  const backup = () => ledger.stack.slipway("backup", "ledger");

  it("fault 7 no backup is begun and health tells it; writes fail and none that was acknowledged is lost; then all goes on", async function () {
    const { outcome, text } = await underLoad(
      ledger,
      async () => {
        const { freeBytes } = await databaseSpace(postgres);
        await exec(postgres, ["fallocate", "--length", String(freeBytes - LEFT), `${DATA}/filler`]);
        const [refused, unhealthy] = await Promise.all([backup(), health()]);
        await exec(postgres, ["bash", "-c", `cat /dev/zero > ${DATA}/rest 2>/dev/null`]);
        const asked = await ledger.stack.get(ledger.host);
        await exec(postgres, ["rm", "-f", `${DATA}/filler`, `${DATA}/rest`]);
        await until("rows to be taken again", async () => {
          return (await ledger.stack.get(ledger.host, "/rows?n=0", { method: "POST" })).status === 201;
        });
        return { refused, unhealthy, asked, again: await backup() };
      },
      { allowFailures: true },
    );
    const { refused, unhealthy, asked, again } = outcome;
    assert.equal(refused.code, 3, refused.output);
    assert.match(refused.stderr, /the volume of the databases is nearly full: \d MB of \d+ MB are free; no backup is/);
    assert.equal(unhealthy.status, "unhealthy");
    assert.match(unhealthy.reason ?? "", /nearly full/);
    assert.equal(asked.status, 200);
    assert.equal(again.code, 0, again.output);
    assert.equal((await health()).status, "healthy");
    note(this, `${text}; a backup was refused with exit ${refused.code}, and made once there was room`);
  });

  it("fault 7 MT-13 a migration that there is no room to take back is not begun, and no request is held for it", async function () {
    await ledger.redeclare({ migrations: { compatible: false } });
    await ledger.build("2.0.0", { revision: "r2", fault: "unhealthy" });
    const { freeBytes } = await databaseSpace(postgres);
    await exec(postgres, ["fallocate", "--length", String(freeBytes - ROOM_FOR_A_BACKUP), `${DATA}/filler`]);
    const deploy = () => ledger.stack.slipway("deploy", "ledger", "2.0.0");
    const { outcome, text } = await underLoad(ledger, deploy);
    assert.equal(outcome.code, 1, outcome.output);
    assert.match(
      outcome.output,
      /no room to take the migration back, should it fail: a copy of the database takes \d MB, and \d+ MB of \d+ MB are/,
    );
    assert.equal(await ledger.served(), ledger.first);
    assert.equal(await ledger.sql("select count(*) from pg_attribute where attname = 'note'"), "0");
    note(this, `${text}; the deploy was refused before anything was held`);
  });
});
