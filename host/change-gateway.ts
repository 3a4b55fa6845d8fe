import { rm } from "node:fs/promises";
import { join } from "node:path";
import { docker, exec } from "./docker";
import {
  applyEdit,
  copyGeneration,
  currentGeneration,
  type Edit,
  isAsEdited,
  loadedGeneration,
  makeCurrent,
  numberOf,
  pointAt,
  pruneGenerations,
} from "./generation";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import { recordReload } from "./metrics";

/** Longest wait for another project's change of the gateway, in seconds. */
const LOCK_WAIT_SECONDS = 60;
/** Where the generations are mounted in the gateway container. */
const MOUNT = "/etc/slipway/gateway";

/** A configuration that is only tested. */
const TESTED = "tested";

/** nginx refused the candidate configuration; the one before is still in force. */
export class GatewayConfigError extends Error {
  constructor(readonly output: string) {
    super(`the gateway refused the new configuration; the one before stays in force\n${indented(output)}`);
    this.name = "GatewayConfigError";
  }
}

/**
 * Changes the gateway's configuration as a whole: copies the current generation, edits the copy, has nginx test it,
 * makes it current by a rename and reloads. Nothing is touched where the edit changes nothing.
 *
 * Returns the ids of the workers that served before the reload (empty where nothing was reloaded).
 */
export async function changeGateway(
  layout: Layout,
  container: string,
  purpose: string,
  edit: Edit,
  options: { beforeSwap?: () => Promise<void> } = {},
): Promise<{ changed: boolean; oldWorkers: number[] }> {
  return withLock(layout.gateway, purpose, LOCK_WAIT_SECONDS, async () => {
    const current = await currentGeneration(layout);
    const running = await isRunning(container);
    if (current !== undefined && (await isAsEdited(join(layout.gateway, current), edit))) {
      if (!running || (await loadedGeneration(layout)) === current) return { changed: false, oldWorkers: [] };
      // A run was killed between the rename and the reload.
      const oldWorkers = await gatewayWorkers(container);
      await reload(layout, container, current);
      return { changed: true, oldWorkers };
    }
    const candidate = `gen-${1 + numberOf(current)}`;
    await copyGeneration(layout, current, candidate);
    await applyEdit(join(layout.gateway, candidate), edit);
    const [oldWorkers] = running
      ? await Promise.all([gatewayWorkers(container), testConfiguration(layout, container, candidate)])
      : [[]];
    await options.beforeSwap?.();
    await makeCurrent(layout, candidate);
    if (running) await reload(layout, container, candidate);
    await pruneGenerations(layout);
    return { changed: true, oldWorkers };
  });
}

/** Has the running gateway test what an edit of the current configuration would be; nothing is changed. */
export async function testChange(layout: Layout, container: string, purpose: string, edit: Edit): Promise<void> {
  await withLock(layout.gateway, purpose, LOCK_WAIT_SECONDS, async () => {
    await copyGeneration(layout, await currentGeneration(layout), TESTED);
    await applyEdit(join(layout.gateway, TESTED), edit);
    await testConfiguration(layout, container, TESTED);
    await rm(join(layout.gateway, TESTED), { recursive: true, force: true });
  });
}

/** Process ids, as the host sees them, of the gateway's workers. */
export function gatewayWorkers(container: string): Promise<number[]> {
  return workersTitled(container, /^nginx: worker process/);
}

/** Of those that are not only there for the connections that they have. */
export function acceptingWorkers(container: string): Promise<number[]> {
  return workersTitled(container, /^nginx: worker process$/);
}

async function workersTitled(container: string, title: RegExp): Promise<number[]> {
  const { Processes } = await docker().getContainer(container).top({ ps_args: "-eo pid,args" });
  return (Processes as string[][]).filter(([, command = ""]) => title.test(command.trim())).map(([pid]) => Number(pid));
}

/** Has the running gateway read the current generation. */
async function reload(layout: Layout, container: string, generation: string): Promise<void> {
  await docker().getContainer(container).kill({ signal: "SIGHUP" });
  await pointAt(layout, "loaded", generation);
  await recordReload(layout, true);
}

async function isRunning(container: string): Promise<boolean> {
  try {
    const { State } = await docker().getContainer(container).inspect();
    return State.Running && !State.Restarting;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

async function testConfiguration(layout: Layout, container: string, candidate: string): Promise<void> {
  const { exitCode, stdout, stderr } = await exec(container, [
    "nginx",
    "-t",
    "-q",
    "-c",
    `${MOUNT}/${candidate}/nginx.conf`,
  ]);
  if (exitCode === 0) return;
  await rm(join(layout.gateway, candidate), { recursive: true, force: true });
  await recordReload(layout, false);
  throw new GatewayConfigError(`${stdout}${stderr}`);
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  | ${line}`)
    .join("\n");
}
