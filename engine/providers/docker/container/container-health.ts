import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerInspectInfo } from "dockerode";
import type { DockerHost } from "../docker-host";

/** Between two looks at a container, in milliseconds. */
const LOOK_EVERY = 50;

/**
 * Waits until a container is healthy. Resolves to undefined when it is, else to the reason why it is not, as soon as
 * waiting longer is no use: no health check, ended for good, the time is over, or the run is cancelled.
 */
export async function whyUnhealthy(
  host: DockerHost,
  id: string,
  waitSeconds: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const deadline = Date.now() + waitSeconds * 1000;
  for (;;) {
    const { State, HostConfig } = await host.call("waiting for it to be healthy", (docker) =>
      docker.getContainer(id).inspect(),
    );
    if (State.Health?.Status === "healthy") return undefined;
    if (!State.Health || State.Health.Status === "none") {
      return "it has no health check to wait for: give it `healthcheck`, or take `wait` away";
    }
    const isOver = ["exited", "dead"].includes(State.Status) && !restarts(HostConfig);
    if (isOver) return `it ended with exit code ${State.ExitCode}${State.Error ? ` (${State.Error})` : ""}`;
    if (Date.now() >= deadline) return `not in ${waitSeconds} s; ${lastProbe(State)}`;
    if (signal.aborted) return "not until the run was cancelled, or its time limit was over";
    await sleep(Math.min(LOOK_EVERY, Math.max(deadline - Date.now(), 1)));
  }
}

function restarts(host: ContainerInspectInfo["HostConfig"]): boolean {
  return !["", "no", undefined].includes(host.RestartPolicy?.Name);
}

function lastProbe({ Health, Status, ExitCode }: ContainerInspectInfo["State"]): string {
  if (Status !== "running") return `it is ${Status}, last with exit code ${ExitCode}`;
  const probe = Health?.Log?.at(-1);
  if (!probe) return "no probe has ended yet";
  return `its last probe ended with ${probe.ExitCode}: ${probe.Output.trim().slice(0, 500) || "(no output)"}`;
}
