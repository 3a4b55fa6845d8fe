import { changeGateway } from "./change-gateway";
import { describedProjects, projectDescription } from "./description";
import { startContainer } from "./docker";
import { recordFileEpoch } from "./file-epoch";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { connectMembers } from "./network-members";
import { UnhealthyError, untilHealthy } from "./probe";
import type { GatewayReadyRequest, GatewayRequest } from "./requests";

/** How its own image says whether it is healthy; asked often, since nobody is served until then. */
const HEALTH = { command: ["/healthcheck"], intervalSeconds: 0.1, timeoutSeconds: 5, deadlineSeconds: 30 };

/** Writes the gateway's own `nginx.conf`, before its container starts or while it runs. */
export async function configureGateway(
  layout: Layout,
  log: Log,
  wanted: GatewayRequest,
): Promise<{ changed: boolean }> {
  const { changed } = await changeGateway(layout, wanted.gateway.container, "configure", {
    "nginx.conf": wanted.config,
  });
  await recordFileEpoch(layout, "nginx.conf", wanted.epoch);
  log.info(changed ? "the gateway has its configuration" : "the gateway's configuration is as it should be");
  return { changed };
}

/**
 * Makes a gateway that has just been started serve every project: a replaced one is in none of their networks, and each
 * would only be connected when its own turn comes.
 */
export async function readyGateway(
  layout: Layout,
  log: Log,
  wanted: GatewayReadyRequest,
): Promise<{ networks: string[] }> {
  const projects = await Promise.all((await describedProjects(layout)).map((name) => projectDescription(layout, name)));
  const networks = projects.map(({ network }) => network);
  // That of a project that was removed is gone.
  await Promise.all(networks.map((network) => connectMembers(network, [wanted]).catch(ignoreGone)));
  const container = {
    service: "gateway",
    name: wanted.id,
    id: wanted.id,
    health: HEALTH,
    pids: 0,
    responseTimeLimitMs: 0,
  };
  try {
    // Stopped by somebody, or not started again with its machine.
    await startContainer(wanted.id);
    await untilHealthy(container, "");
  } catch (error) {
    if (error instanceof UnhealthyError) for (const line of error.logLines) log.error(`  | ${line}`);
    throw error;
  }
  log.info("the gateway is healthy");
  return { networks };
}

function ignoreGone(error: { statusCode?: number }): void {
  if (error.statusCode !== 404) throw error;
}
