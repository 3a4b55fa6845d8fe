import { type Measure, measured } from "../runner/measure";
import { median } from "../runner/median";
import type { PgbenchHost } from "./pgbench-host";

/** The most that a backup may take, as a multiple of the bare dump. */
const TIMES_BARE = 1.4;
export const PEAK_MIB = 200;

/** Backs the database up, each time just after a bare dump of it. */
export async function backups(host: PgbenchHost, runs: number, say: (line: string) => void): Promise<Measure[]> {
  const bare: number[] = [];
  const own: number[] = [];
  const peak: number[] = [];
  for (let run = 1; run <= runs; run++) {
    const dump = "pg_dump --username=shop --dbname=shop -Fc -Z0 | zstd -3 -T0 -q -f -o /tmp/bare.zst";
    bare.push(await host.inPostgres(dump));
    const { seconds, peakMiB } = await host.verb("pre-deploy-backup", { project: "shop", release: `run ${run}` });
    own.push(seconds);
    peak.push(peakMiB);
    say(`backup ${run} of ${runs}: bare ${bare.at(-1)?.toFixed(2)} s, ours ${seconds.toFixed(2)} s`);
  }
  const reference = median(bare);
  return [
    measured("backup of 1 GB, read back", median(own), "s", { reference, limit: reference * TIMES_BARE }),
    measured("peak memory of a backup", median(peak), "MiB", { limit: PEAK_MIB }),
  ];
}
