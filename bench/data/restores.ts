import type { RestorePrepareRequest } from "../../host/requests";
import { forgetPrepared, readPrepared } from "../../host/restore/prepared-restore";
import { type Measure, measured } from "../runner/measure";
import { median } from "../runner/median";
import { PEAK_MIB } from "./backups";
import type { PgbenchHost } from "./pgbench-host";

/** The most that a restore may take, as a multiple of the bare one. */
const TIMES_BARE = 1.2;

/** Restores the latest backup into a fresh database, each time just after a bare restore of the same archive. */
export async function restores(host: PgbenchHost, runs: number, say: (line: string) => void): Promise<Measure[]> {
  const bare: number[] = [];
  const own: number[] = [];
  const peak: number[] = [];
  await host.inPostgres("zstd -dq -f /tmp/bare.zst -o /tmp/bare.dump");
  for (let run = 1; run <= runs; run++) {
    await host.data.admin("CREATE DATABASE bare OWNER shop TEMPLATE template0;", "CHECKPOINT;");
    bare.push(await host.inPostgres("pg_restore -e --username=shop --dbname=bare /tmp/bare.dump"));
    await host.data.admin("DROP DATABASE bare;", "CHECKPOINT;");

    const release = { release: `run ${run}`, version: "1.0.0", keyTables: [] };
    const wish: RestorePrepareRequest = { project: "shop", ...release, backup: "latest", nonce: `run ${run}` };
    const { seconds, peakMiB } = await host.verb("restore-prepare", wish);
    own.push(seconds);
    peak.push(peakMiB);
    const prepared = await readPrepared(host.data.layout, "shop");
    await host.data.admin(`DROP DATABASE ${prepared?.database};`);
    await forgetPrepared(host.data.layout, "shop");
    say(`restore ${run} of ${runs}: bare ${bare.at(-1)?.toFixed(2)} s, ours ${seconds.toFixed(2)} s`);
  }
  const reference = median(bare);
  return [
    measured("restore of 1 GB, verified", median(own), "s", { reference, limit: reference * TIMES_BARE }),
    measured("peak memory of a restore", median(peak), "MiB", { limit: PEAK_MIB }),
  ];
}
