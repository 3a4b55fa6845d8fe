import { concludeFailure } from "./conclude";
import { intentFor } from "./intent";
import type { Layout } from "./layout";
import type { Log } from "./log";

/** A deploy that failed where no command of the host program ran: an image that could not be pulled, say. */
export interface FailedDeploy {
  project: string;
  release: string;
  version: string;
  reason: string;
  seconds: number;
}

export async function concludeDeploy(layout: Layout, log: Log, failed: FailedDeploy): Promise<{ project: string }> {
  const { project, release, version, reason, seconds } = failed;
  const intent = await intentFor(layout, project, release);
  const began = performance.now() - seconds * 1000;
  await concludeFailure(layout, log, { project, release, version, intent, began }, { result: "failed", reason });
  return { project };
}
