import { changeGateway } from "./change-gateway";
import { closeJournal, takeDataBack } from "./data-journal";
import { startDetached } from "./detached";
import { untilWorkersGone } from "./gateway-workers";
import { currentFiles, type Edit } from "./generation";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { readRecord } from "./record";
import type { GatewayRef, ProjectDescription } from "./requests";
import { startWorkers, stopWorkers } from "./workers";

/** Seconds after which a client is told to ask again. */
const RETRY_AFTER = 5;
/** Longest that a guard waits for the command that holds, in seconds. */
const GUARD_SECONDS = 7200;

export interface HeldProject {
  description: ProjectDescription;
  gateway: GatewayRef;
}

/**
 * Runs an action while nobody can write to a project's data through it: the gateway answers 503 with Retry-After, its
 * workers are stopped. So no row is acknowledged that the action could lose. When this process is killed meanwhile, a
 * guard lets the project go again. The caller holds the project's lock.
 */
export async function whileHeld<T>(
  layout: Layout,
  log: Log,
  { description, gateway }: HeldProject,
  action: () => Promise<T>,
): Promise<T> {
  const { project, network } = description;
  const { live } = await readRecord(layout, project);
  // A guard waits for the project's lock: the kernel frees it when this process dies.
  startDetached(layout, "let-go", project);
  log.info(`${project}: requests are answered 503 meanwhile, workers are stopped`);
  const { oldWorkers } = await hold(layout, gateway, project);
  // A kept connection of a replaced worker still gets one request through.
  await untilWorkersGone(gateway.container, oldWorkers, description.deploy.drainSeconds);
  if (live) await stopWorkers(live.containers);
  try {
    return await action();
  } finally {
    const after = (await readRecord(layout, project)).live;
    if (after) await startWorkers(after.containers, network).catch((error: Error) => log.error(error.message));
    await letGo(layout, gateway, project);
    log.info(`${project}: requests are answered again`);
  }
}

/** Takes back what a killed command had done to a project's data, and lets it go. Does nothing where it is not held. */
export async function letGoIfHeld(
  layout: Layout,
  log: Log,
  { description, gateway }: HeldProject,
): Promise<{ project: string }> {
  const { project, network } = description;
  return withLock(layout.project(project), `let go of ${project}`, GUARD_SECONDS, async () => {
    const [held] = await currentFiles(layout, [holdPath(project)]);
    if (held === undefined) {
      await closeJournal(layout, project);
      return { project };
    }
    await takeDataBack(layout, log, project);
    await letGo(layout, gateway, project);
    const { live } = await readRecord(layout, project);
    if (live) await startWorkers(live.containers, network);
    log.warn(`${project}: a command that held its requests was killed; they are answered again`);
    return { project };
  });
}

/** For the very change of the gateway that moves traffic. */
export function letGoEdit(project: string): Edit {
  return { [holdPath(project)]: undefined };
}

function hold(layout: Layout, gateway: GatewayRef, project: string) {
  return changeGateway(layout, gateway.container, `hold ${project}`, { [holdPath(project)]: HOLD });
}

function letGo(layout: Layout, gateway: GatewayRef, project: string) {
  return changeGateway(layout, gateway.container, `let go of ${project}`, letGoEdit(project));
}

/** Included by the project's site after the routes; a `return` there answers before any of their locations. */
function holdPath(project: string): string {
  return `routes/${project}/locations.held.conf`;
}

const HOLD = `set $slipway_release held;
add_header Retry-After ${RETRY_AFTER} always;
return 503 "In a moment: the data is being changed.\\n";
`;
