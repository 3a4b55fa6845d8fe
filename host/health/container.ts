import { docker, exec } from "../docker";
import type { ReleaseContainer } from "../requests";
import { ask } from "./ask";
import { judged, type ServiceHealth, unhealthy } from "./service-health";

/** A container of a project as one probe finds it; `network`: that of its project. */
export async function checkContainer(
  container: Omit<ReleaseContainer, "id">,
  network: string,
  timeoutSeconds: number,
): Promise<ServiceHealth> {
  const { State, NetworkSettings } = await docker().getContainer(container.name).inspect();
  const stopped = whyStopped(State);
  if (stopped !== undefined) return unhealthy(stopped);
  const { path, command, expect } = container.health;
  const began = performance.now();
  if (command) {
    const { exitCode } = await exec(container.name, command, { onlyEnd: true });
    if (exitCode !== 0) return unhealthy(`${command[0]} exited ${exitCode}`);
    return judged(performance.now() - began, container.responseTimeLimitMs);
  }
  const address = NetworkSettings.Networks[network]?.IPAddress;
  if (!address) return unhealthy(`it is not in network ${network}`);
  const answer = await ask({ host: address, port: container.port ?? 80, path: path ?? "/" }, timeoutSeconds);
  const { status, body } = answer;
  if (status < 200 || status > 299) return unhealthy(`GET ${path ?? "/"} answered ${status}`, answer.milliseconds);
  if (expect !== undefined && !body.includes(expect))
    return unhealthy(`GET ${path ?? "/"} answered without the text "${expect}"`, answer.milliseconds);
  const says = statusIn(body);
  if (says === "unhealthy") return unhealthy("it says so itself", answer.milliseconds);
  const health = judged(answer.milliseconds, container.responseTimeLimitMs);
  return says === "degraded" ? { ...health, status: "degraded", reason: "it says so itself" } : health;
}

/** `undefined` for a container that runs. */
export function whyStopped({ Status, Paused, Running, Restarting, ExitCode }: ContainerState): string | undefined {
  if (Paused) return "it is paused";
  return Running && !Restarting ? undefined : `it is ${Status}, exit code ${ExitCode}`;
}

interface ContainerState {
  Status: string;
  Paused: boolean;
  Running: boolean;
  Restarting: boolean;
  ExitCode: number;
}

/** `degraded` of `{"status": "degraded"}`. */
function statusIn(body: string): unknown {
  if (!body.trimStart().startsWith("{")) return undefined;
  try {
    return (JSON.parse(body) as { status?: unknown }).status;
  } catch {
    return undefined;
  }
}
