import { docker, isDockerSilent } from "../docker";
import { probe } from "../probe";
import type { ReleaseContainer } from "../requests";

/** Longest wait for what Docker says of a container, in milliseconds. */
const INSPECT_MS = 10_000;

export interface EndedContainer {
  container: ReleaseContainer;
  /** Since the watch began. */
  restarts: number;
}

/** A check that is not made, because Docker itself does not answer, says nothing of the release. */
export type Check =
  | { kind: "good" }
  | {
      kind: "failed" | "not made";
      text: string;
      /** Where it failed because its container has ended, whether or not it was started again. */
      ended?: EndedContainer;
    };

/**
 * One look at all containers of a release: what is wrong with the first that is not well. `restarts`: how often Docker
 * had started each again, as the watch found it at its begin; what it has not found yet is added.
 */
export async function checkRelease(
  containers: ReleaseContainer[],
  network: string,
  restarts: Record<string, number>,
): Promise<Check> {
  const outcomes = await Promise.all(
    containers.map(async (container): Promise<Check> => {
      const check = await checkContainer(container, network, restarts).catch(
        (error: Error): Check =>
          isDockerSilent(error) ? { kind: "not made", text: error.message } : { kind: "failed", text: error.message },
      );
      return check.kind === "failed" ? { ...check, text: `container ${container.service}: ${check.text}` } : check;
    }),
  );
  const worst = (kind: Check["kind"]) => outcomes.find((outcome) => outcome.kind === kind);
  return worst("failed") ?? worst("not made") ?? { kind: "good" };
}

async function checkContainer(
  container: ReleaseContainer,
  network: string,
  restarts: Record<string, number>,
): Promise<Check> {
  const { State, RestartCount, NetworkSettings } = await inspected(container.id);
  restarts[container.id] ??= RestartCount;
  const ended = { container, restarts: RestartCount - (restarts[container.id] ?? 0) };
  if (!State.Running || State.Restarting) {
    return { kind: "failed", text: `it has ended (exit code ${State.ExitCode})`, ended };
  }
  if (ended.restarts > 0) return { kind: "failed", text: "it ended and was started again", ended };
  const failure = await probe(container, NetworkSettings.Networks[network]?.IPAddress ?? "");
  return failure === undefined ? { kind: "good" } : { kind: "failed", text: failure };
}

function inspected(id: string) {
  const abortSignal = AbortSignal.timeout(INSPECT_MS);
  return docker().getContainer(id).inspect({ abortSignal });
}
