import { type DiskSpace, databaseSpace, hostSpace, spaceText, spaceVerdict } from "../disk-space";
import { docker } from "../docker";
import type { Layout } from "../layout";
import { query } from "../postgres";
import type { GatewayRef, PlatformDescription } from "../requests";
import { ask } from "./ask";
import { whyStopped } from "./container";
import { judged, type ServiceHealth, unhealthy } from "./service-health";

/** An answer of the platform's own services slower than this counts as degraded, in milliseconds. */
const PLATFORM_LIMIT_MS = 5000;

/** It answers at all, to a host that nobody has. */
export async function checkGateway(
  { container, address, port }: GatewayRef,
  timeoutSeconds: number,
): Promise<ServiceHealth> {
  const stopped = await whyNotRunning(container);
  if (stopped !== undefined) return unhealthy(stopped);
  const { status } = await ask({ host: address, port, path: "/" }, timeoutSeconds);
  return status < 500 ? { status: "healthy", response_time_ms: null } : unhealthy(`it answered ${status}`);
}

/** It answers a query, and has room to write (fault 7). */
export async function checkPostgres(
  { postgres }: PlatformDescription,
  timeoutSeconds?: number,
): Promise<ServiceHealth> {
  const stopped = await whyNotRunning(postgres);
  if (stopped !== undefined) return unhealthy(stopped);
  const began = performance.now();
  await query({ postgres }, "SELECT 1", timeoutSeconds);
  const health = judged(performance.now() - began, PLATFORM_LIMIT_MS);
  return withSpace(health, await databaseSpace(postgres), "the volume of the databases");
}

export async function checkRegistry(
  { registry, registryPort }: PlatformDescription,
  seconds: number,
): Promise<ServiceHealth> {
  const stopped = await whyNotRunning(registry);
  if (stopped !== undefined) return unhealthy(stopped);
  const { status, milliseconds } = await ask({ host: "127.0.0.1", port: registryPort, path: "/v2/" }, seconds);
  if (status !== 200) return unhealthy(`GET /v2/ answered ${status}`, milliseconds);
  return judged(milliseconds, PLATFORM_LIMIT_MS);
}

export async function checkDisk(layout: Layout): Promise<ServiceHealth> {
  const space = await hostSpace(layout);
  return withSpace({ status: "healthy", response_time_ms: null }, space, "the disk of the host's state and backups");
}

function withSpace(health: ServiceHealth, space: DiskSpace, what: string): ServiceHealth {
  const verdict = spaceVerdict(space);
  if (verdict === "healthy") return health;
  return { ...health, status: verdict, reason: `${what} is nearly full: ${spaceText(space)}` };
}

async function whyNotRunning(container: string): Promise<string | undefined> {
  return whyStopped((await docker().getContainer(container).inspect()).State);
}
