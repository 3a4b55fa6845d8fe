import { identifier, type Login } from "../postgres";
import { execStreamed } from "../stream";
import { type Digest, mismatch, readArchive, writeArchive } from "./archive-file";
import type { BackupFile, DatabaseContent } from "./backup-index";
import { type Counted, inSnapshot } from "./dump-session";
import { readingAll, whileAttached } from "./while-attached";

type Format = DatabaseContent["format"];

/** File of the dump in a backup's folder. */
export const DUMP_FILE: Record<Format, string> = { zstd: "database.dump.zst", gzip: "database.sql.gz" };
/** What `pg_dump` ends a plain dump with, but for a line that ends its restricted mode. */
const END_MARKER = "-- PostgreSQL database dump complete";
/** Characters of a plain dump's end in which the marker is looked for. */
const END_CHARACTERS = 400;

/**
 * Longest wait of a dump for the locks of its tables, in seconds. It may wait behind an application that waits for the
 * transaction which counts rows, and that one waits for the dump: Postgres sees no deadlock in that.
 */
const LOCK_WAIT_SECONDS = 10;
const LOCK_WAIT_OVER = /canceling statement due to (statement|lock) timeout/;
/**
 * Owners and rights are those of whoever restores: the project's own role. `$1` role, `$2` database, `$3` snapshot, then
 * options.
 */
const DUMP =
  `pg_dump --username="$1" --dbname="$2" --snapshot="$3" --no-owner --lock-wait-timeout=${LOCK_WAIT_SECONDS}s ` +
  `"\${@:4}"`;
/**
 * All cores: the dump itself takes one of them. Where there are two, a second thread of zstd only takes turns with it:
 * `bench data` and its like took a fifth longer.
 */
const COMPRESS = 'zstd -3 "$([ "$(nproc)" -gt 2 ] && echo -T0 || echo --single-thread)" --check -q -c';
const WRITE: Record<Format, string> = {
  zstd: `${DUMP} --format=custom --compress=0 | ${COMPRESS}`,
  // For the restore, as that of the other format asks of `pg_restore`; whoever dumps is above policies anyway.
  gzip: `${DUMP} --format=plain --enable-row-security | gzip -c`,
};
/** More than the table of contents of an archive, which is its beginning. */
const HEAD_BYTES = 16 * 1024 * 1024;
/** What an archive ends with when its last table is whole: a length of 0. */
const ARCHIVE_END = "00 00 00 00 00";
/**
 * Decompresses all of it, whose checksums zstd and gzip check, and prints the contents and the end. Much cheaper than
 * having `pg_restore` read every row; that is what a proof is for.
 */
const READ: Record<Format, string> = {
  zstd: [
    "t=$(mktemp)",
    "zstd -dcq | {",
    `head -c ${HEAD_BYTES} >"$t"`,
    'pg_restore --list "$t" >"$t.list" &',
    'tail -c 5 >"$t.end"',
    "wait $!",
    '} && cat "$t.list" <(cat <(tail -c 5 "$t") "$t.end" | tail -c 5 | od -An -tx1)',
    "code=$?",
    'rm -f "$t" "$t.end" "$t.list"',
    "(exit $code)",
  ].join("\n"),
  gzip: `gzip -dc | tail -c ${END_CHARACTERS}`,
};
const TABLE_LISTED = / TABLE DATA (.*) \S+$/gm;

/**
 * Dumps a database as the role of a `dumpLogin` into a new file: compressed inside the container with all cores,
 * streamed to disk, never held as a whole. Throws where any part of the pipe failed.
 */
export async function dumpDatabase(
  login: Required<Login>,
  format: Format,
  path: string,
  timeoutSeconds: number,
): Promise<{ counted: Counted; digest: Digest }> {
  const { counted, result } = await inSnapshot(login, timeoutSeconds, (exported, extensions) =>
    writeArchive(path, async (write) => {
      const without = Object.keys(extensions).map((name) => `--exclude-extension=${identifier(name)}`);
      const { exitCode, stderr } = await execStreamed(login.postgres, {
        command: whileAttached(WRITE[format], login.role, login.database, exported, ...without),
        user: "postgres",
        input: "open",
        onOutput: write,
        timeoutSeconds,
        isStoppable: true,
      });
      if (exitCode !== 0) throw new Error(dumpFailure(login.database, exitCode, stderr));
    }),
  );
  return { counted, digest: result };
}

function dumpFailure(database: string, exitCode: number, stderr: string): string {
  const said = `pg_dump of ${database} ended with ${exitCode}: ${stderr.trim()}`;
  if (!LOCK_WAIT_OVER.test(stderr)) return said;
  return (
    `a table of ${database} was locked, or waited for to be locked, for longer than ${LOCK_WAIT_SECONDS} s by another ` +
    `session, as of a migration or VACUUM FULL: back up again when that is over; ${said}`
  );
}

/**
 * Reads a dump back from disk to its end. `undefined` where it is whole and has every table that was counted; else
 * what is wrong. The listing alone would miss a dump that was cut off.
 */
export async function readDumpBack(
  postgres: string,
  path: string,
  file: Pick<BackupFile, "bytes" | "sha256">,
  { format, rows }: DatabaseContent,
  timeoutSeconds: number,
): Promise<string | undefined> {
  const { pieces, digest } = readArchive(path);
  let text = "";
  const { exitCode, stderr } = await execStreamed(postgres, {
    command: readingAll(READ[format]),
    user: "postgres",
    input: pieces,
    onOutput: (piece) => {
      text += piece.toString("utf8");
    },
    timeoutSeconds,
    isStoppable: true,
  });
  const found = digest();
  if (found.sha256 !== file.sha256) return mismatch(path, found.sha256, file.sha256);
  if (exitCode !== 0) return `${path} cannot be read back: ${stderr.trim().split("\n").at(-1)}`;
  const isWhole = format === "gzip" ? text.includes(END_MARKER) : text.trimEnd().endsWith(ARCHIVE_END);
  const hasEnd = format === "gzip" || Object.keys(rows).length > 0;
  if (hasEnd && !isWhole) return `${path} is cut off: it does not end as a dump does`;
  if (format === "gzip") return undefined;
  const listed = new Set([...text.matchAll(TABLE_LISTED)].map(([, table]) => inOneLine(table as string)));
  const missing = Object.keys(rows).filter((table) => !listed.has(inOneLine(table)));
  return missing.length === 0 ? undefined : `${path} lacks the rows of ${missing.join(", ")}`;
}

/** A listing separates schema and table by a space, and has none of the lines that a name can have. */
function inOneLine(table: string): string {
  return table.replaceAll(/[.\s]/g, " ");
}
