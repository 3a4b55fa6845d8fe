import { docker } from "./docker";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { masked } from "./masked";
import { readRecord } from "./record";
import type { PendingRequest } from "./requests";
import { runOnce } from "./run-once";
import { isBefore } from "./schema";
import { sessionOptions } from "./session-options";

/** Longest time that a preview waits for a project's command, in seconds. */
const COMMAND_SECONDS = 60;
const NOT_FOUND = 404;

/** What a release's migration would have to do. */
export type PendingMigrations =
  /** A line per migration, as the project's own command prints them. */
  | { kind: "pending"; lines: string[] }
  /** The database is at this revision, beyond the one that the release needs: its migration is skipped. */
  | { kind: "kept"; revision: string }
  /** Why, for people. */
  | { kind: "not known"; reason: string };

/**
 * Asks a release's own `pending` command, in a container of its image, for a preview: nothing is pulled for it, and
 * Postgres refuses every write of a driver over libpq. Whatever goes wrong is an answer, since a preview has more to tell.
 */
export async function pendingMigrations(layout: Layout, _log: Log, wanted: PendingRequest): Promise<PendingMigrations> {
  const { project, release, image, pending, env } = wanted;
  try {
    const { Id } = await docker().getImage(image).inspect();
    const { schema } = await readRecord(layout, project);
    const head = schema?.heads[Id];
    if (schema && head !== undefined && isBefore(schema, head, schema.revision)) {
      return { kind: "kept", revision: schema.revision };
    }
    const options = `${sessionOptions(COMMAND_SECONDS)} -c default_transaction_read_only=on`;
    const session = { PGOPTIONS: [env.PGOPTIONS, options].filter(Boolean).join(" ") };
    const place = { ...wanted, env: { ...env, ...session }, timeoutSeconds: COMMAND_SECONDS };
    const result = await runOnce({ ...place, name: `${project}-pending-${release}` }, pending);
    if (result.exitCode === 0) return { kind: "pending", lines: linesOf(masked(result.stdout, env)) };
    const ending = result.timedOut ? `took longer than ${COMMAND_SECONDS} s` : `exited ${result.exitCode}`;
    const last = linesOf(masked(result.output, env)).at(-1);
    return { kind: "not known", reason: `${pending.join(" ")} ${ending}${last === undefined ? "" : `: ${last}`}` };
  } catch (error) {
    const { statusCode, message } = error as Error & { statusCode?: number };
    const isAbsent = statusCode === NOT_FOUND && /no such image/i.test(message);
    return { kind: "not known", reason: isAbsent ? `the host does not have ${image} yet` : message };
  }
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}
