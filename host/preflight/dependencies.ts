import { docker } from "../docker";
import { UnhealthyError, untilHealthy } from "../probe";
import type { AccessoryRef, GatewayRef, PlatformDescription, ProjectDescription } from "../requests";

/** Longest wait for one to answer, in seconds (SC-13). */
const HEALTH_QUERY_SECONDS = 10;

/** A container that a project's containers need before they start (OV-13). */
export type Dependency = AccessoryRef & { title: string; network: string };

/** What a project depends on: its accessories, and Postgres where it has a database. */
export function dependenciesOf(platform: PlatformDescription, project: ProjectDescription): Dependency[] {
  const { network } = project;
  const postgres = { ...platformContainer("postgres", platform.postgres), title: "Postgres", network };
  return [
    ...(project.database === undefined ? [] : [postgres]),
    ...project.accessories.map((accessory) => ({ ...accessory, title: `accessory ${accessory.service}`, network })),
  ];
}

export function gatewayDependency({ container }: GatewayRef, { network }: ProjectDescription): Dependency {
  return { ...platformContainer("gateway", container), title: "the gateway", network };
}

/** `undefined` when it is up and healthy, else what is wrong with it. */
export async function whatIsWrong(dependency: Dependency): Promise<string | undefined> {
  const { health, name, network, title } = dependency;
  const deadlineSeconds = Math.min(health.deadlineSeconds, HEALTH_QUERY_SECONDS);
  try {
    if (health.command && (await isKnownWell(name))) return undefined;
    await untilHealthy({ ...dependency, id: name, health: { ...health, deadlineSeconds } }, network, 1);
    return undefined;
  } catch (error) {
    const { message, statusCode } = error as Error & { statusCode?: number };
    if (statusCode === 404) return `${title} is not there: Docker has no container ${name}`;
    return error instanceof UnhealthyError ? `${title}: ${message}` : `${title} does not answer: ${message}`;
  }
}

/** What Docker's own check of a container found last, within its interval: as good as asking again, and for nothing. */
async function isKnownWell(name: string): Promise<boolean> {
  const { State } = await docker().getContainer(name).inspect();
  const { Status, FailingStreak } = State.Health ?? {};
  return State.Status === "running" && Status === "healthy" && FailingStreak === 0;
}

/** Containers of the platform's own images say by a program in them whether they are healthy. */
function platformContainer(service: string, name: string): AccessoryRef {
  const health = { command: ["/healthcheck"], intervalSeconds: 0.25, timeoutSeconds: 5, deadlineSeconds: 10 };
  return { service, name, health, pids: 0, responseTimeLimitMs: 0 };
}
