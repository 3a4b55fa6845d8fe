import { createFresh, dropDatabase } from "../../host/restore/fresh-database";
import { swapBack, swapDatabase } from "../../host/restore/swap-database";
import { until } from "../../test/support/until";
import { type Measure, measured } from "../runner/measure";
import { median } from "../runner/median";
import type { PgbenchHost } from "./pgbench-host";

const CLIENTS = 8;
/** The most that a swap may keep sessions out, in seconds. */
const LIMIT_SECONDS = 1;

/** Swaps a fresh database in and out again while clients of pgbench are at work in the project's own. */
export async function swaps(host: PgbenchHost, runs: number, say: (line: string) => void): Promise<Measure[]> {
  const seconds: number[] = [];
  const { postgres, log } = host.data;
  for (let run = 1; run <= runs; run++) {
    const fresh = await createFresh(postgres, "shop", "restore", new Date());
    const clients = host.inPostgres(`pgbench --username=shop --no-vacuum --client=${CLIENTS} --time=60 shop`);
    clients.catch(() => undefined); // The swap ends their sessions.
    const working = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'shop' AND application_name = 'pgbench';";
    await until("the clients", async () => Number(await host.data.admin(working)) >= CLIENTS);
    const swap = await swapDatabase(postgres, log, "shop", fresh);
    seconds.push(swap.milliseconds / 1000);
    await swapBack(postgres, log, swap);
    await dropDatabase(postgres, fresh);
    say(`swap ${run} of ${runs}: ${swap.milliseconds.toFixed(0)} ms`);
  }
  return [measured("swap of a database at work", median(seconds), "s", { limit: LIMIT_SECONDS })];
}
