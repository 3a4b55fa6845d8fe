import { join } from "node:path";
import { writeAtomic } from "./atomic-file";
import { concludeFailure } from "./conclude";
import type { DatabaseAfter } from "./failed-migration";
import { wishOf } from "./intent";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { readNote } from "./note-file";
import type { Intent } from "./requests";

/** The command of a deploy that failed last: `failure.json` of the project. */
export interface Failure {
  project: string;
  release: string;
  /** Verb of the host program, or `pull` and the like where the engine failed by itself. */
  step: string;
  /** Of the script contract. */
  exitCode: number;
  message: string;
  /** Left out: the database is as before, or a migration that succeeded stays. */
  database?: DatabaseAfter;
  /** RFC 3339. */
  at: string;
}

/** What a request of a deploy's commands has in common. */
interface DeployRequest {
  project: string;
  release: string;
  version: string;
}

/** Commands that are part of a deploy. A rollout writes its own outcome down. */
const DEPLOYING = ["preflight", "pre-deploy-backup", "restore-prepare", "migrate", "rollout"];

/** Remembers why a deploy failed, for the command that began it, for people and for machines. */
export async function recordFailure(
  layout: Layout,
  log: Log,
  step: string,
  request: DeployRequest,
  error: Pick<Failure, "message" | "exitCode" | "database">,
  { intended, began }: { intended: Intent | undefined; began: number },
): Promise<void> {
  const { project, release, version } = request;
  const failure: Failure = { project, release, step, ...error, at: new Date().toISOString() };
  const reason = error.message.split("\n")[0] ?? "";
  const attempt = { project, release, version, intent: wishOf(intended), began };
  try {
    await writeAtomic(failurePath(layout, project), `${JSON.stringify(failure)}\n`);
  } finally {
    if (step !== "rollout") await concludeFailure(layout, log, attempt, { result: "failed", reason });
  }
}

export function isDeploying(verb: string): boolean {
  return DEPLOYING.includes(verb);
}

export async function lastFailure(layout: Layout, project: string): Promise<Failure | undefined> {
  return readNote<Failure>(layout, failurePath(layout, project));
}

function failurePath(layout: Layout, project: string): string {
  return join(layout.project(project), "failure.json");
}
