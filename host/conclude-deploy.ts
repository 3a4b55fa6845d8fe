import { concludeFailure } from "./conclude";
import { wishOf } from "./intent";
import type { Layout } from "./layout";
import type { Log } from "./log";
import type { Intent } from "./requests";

/** A deploy that failed where no command of the host program ran: an image that could not be pulled, say. */
export interface FailedDeploy {
  project: string;
  release: string;
  version: string;
  reason: string;
  seconds: number;
}

export async function concludeDeploy(
  layout: Layout,
  log: Log,
  failed: FailedDeploy,
  intended: Intent | undefined,
): Promise<{ project: string }> {
  const { project, release, version, reason, seconds } = failed;
  const began = performance.now() - seconds * 1000;
  const attempt = { project, release, version, intent: wishOf(intended), began };
  await concludeFailure(layout, log, attempt, { result: "failed", reason });
  return { project };
}
