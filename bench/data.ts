import { backups } from "./data/backups";
import { PgbenchHost } from "./data/pgbench-host";
import { restores } from "./data/restores";
import { swaps } from "./data/swaps";
import type { Benchmark } from "./runner/benchmark";

export const benchmark: Benchmark = {
  description: "backup, restore and swap of a database of 1 GB, and the memory that they take",
  notes: [
    "backup: the host program's verb, with checksum, row counts under the dump's snapshot and the read-back. Reference:",
    "  `pg_dump -Fc -Z0 | zstd -3 -T0` in the same container to the same disk; limit: 1.4 times as long.",
    "restore: the host program's verb, with checksum, row counts and ANALYZE, into a fresh database. Reference:",
    "  `pg_restore -e` of the same archive, unpacked before, into an empty database; limit: 1.2 times as long.",
    "swap: how long no session can begin, with 8 clients of pgbench at work. memory: peak of the host program.",
  ],
  async measure(runs, say) {
    say("filling a database by pgbench");
    await using host = await PgbenchHost.create();
    return [
      ...(await backups(host, runs, say)),
      ...(await restores(host, runs, say)),
      ...(await swaps(host, runs, say)),
    ];
  },
};
