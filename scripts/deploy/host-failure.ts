import type { Failure } from "../../host/failure";
import type { ProjectState } from "../../host/project-state";
import type { StackContext } from "./stack-context";

const MS_PER_SECOND = 1000;

/** A deploy or a rollback whose release did not go live. */
export interface FailedAttempt {
  project: string;
  release: string;
  version: string;
  /** As the engine tells it. */
  reason: string;
  /** `performance.now()`. */
  began: number;
}

/** Why a release did not go live, as the command of the host wrote it down that failed since `before`. */
export function hostFailure(release: string, before: ProjectState, { failure }: ProjectState): Failure | undefined {
  return failure?.release === release && failure.at !== before.failure?.at ? failure : undefined;
}

/**
 * For one of which no command of the host wrote down that it failed, an image that could not be pulled say: whatever fails
 * is in the audit log and the history, is counted, and the webhook hears of it (SC-15).
 */
export async function tellFailure(context: Pick<StackContext, "host">, attempt: FailedAttempt): Promise<void> {
  const { began, ...failed } = attempt;
  await context.host("conclude", { ...failed, seconds: (performance.now() - began) / MS_PER_SECOND });
}
