import { rm } from "node:fs/promises";
import { join } from "node:path";
import { platformDescription } from "./description";
import { docker, ifThere } from "./docker";
import { GatewayShell } from "./gateway-shell";
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
import { Log } from "./log";
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
 * makes it current by a rename and reloads. Nothing is touched where the edit changes nothing. What nginx refuses in a
 * file of another project, edited by hand, is written anew and told.
 *
 * An edit that depends on what is current is a function, called with the gateway's lock. `shell`: one that was opened
 * ahead, which ends with the change. Returns the ids of the workers that served before the reload (empty where nothing
 * was reloaded).
 */
export async function changeGateway(
  layout: Layout,
  container: string,
  purpose: string,
  wanted: Edit | (() => Promise<Edit>),
  options: { beforeSwap?: () => Promise<void>; shell?: GatewayShell } = {},
): Promise<{ changed: boolean; oldWorkers: number[] }> {
  return withLock(layout.gateway, purpose, LOCK_WAIT_SECONDS, async () => {
    const current = await currentGeneration(layout);
    const edit = typeof wanted === "function" ? await wanted() : wanted;
    const running = await isRunning(container);
    const isThere = current !== undefined && (await isAsEdited(join(layout.gateway, current), edit));
    if (isThere && (!running || (await loadedGeneration(layout)) === current))
      return { changed: false, oldWorkers: [] };
    using shell = running ? (options.shell ?? GatewayShell.open(container)) : undefined;
    const serving = shell ? gatewayWorkers(container) : Promise.resolve([]);
    serving.catch(() => undefined);
    if (shell && isThere) {
      // A run was killed between the rename and the reload.
      const oldWorkers = await serving;
      await reload(layout, shell, current);
      return { changed: true, oldWorkers };
    }
    const candidate = await copyCurrent(layout, current);
    await applyEdit(join(layout.gateway, candidate), edit);
    if (shell) tellMended(layout, await testConfiguration(layout, shell, candidate, edit));
    const oldWorkers = await serving;
    await options.beforeSwap?.();
    await putInForce(layout, shell, candidate);
    return { changed: true, oldWorkers };
  });
}

/** Has the running gateway test the configuration that it has, and mends what somebody broke in it by hand. */
export async function mendGateway(layout: Layout): Promise<{ mended: string[] }> {
  const { container } = (await platformDescription(layout)).gateway;
  return withLock(layout.gateway, "mend", LOCK_WAIT_SECONDS, async () => {
    const current = await currentGeneration(layout);
    if (!(await isRunning(container))) return { mended: [] };
    using shell = GatewayShell.open(container);
    const candidate = await copyCurrent(layout, current);
    const mended = await testConfiguration(layout, shell, candidate, {}).catch((error) => {
      if (!(error instanceof GatewayConfigError)) throw error;
      return [];
    });
    if (mended.length > 0) {
      tellMended(layout, mended);
      await putInForce(layout, shell, candidate);
    } else await rm(join(layout.gateway, candidate), { recursive: true, force: true });
    return { mended };
  });
}

/** Has the running gateway test what an edit of the current configuration would be; nothing is changed. */
export async function testChange(layout: Layout, container: string, purpose: string, edit: Edit): Promise<void> {
  using shell = GatewayShell.open(container);
  await withLock(layout.gateway, purpose, LOCK_WAIT_SECONDS, async () => {
    await copyGeneration(layout, await currentGeneration(layout), TESTED);
    await applyEdit(join(layout.gateway, TESTED), edit);
    await testConfiguration(layout, shell, TESTED, edit);
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

/** The candidate that is to follow the current generation. */
async function copyCurrent(layout: Layout, current: string | undefined): Promise<string> {
  const candidate = `gen-${1 + numberOf(current)}`;
  await copyGeneration(layout, current, candidate);
  return candidate;
}

/** Makes a tested candidate current; `shell`: of the gateway, where it runs. */
async function putInForce(layout: Layout, shell: GatewayShell | undefined, candidate: string): Promise<void> {
  await makeCurrent(layout, candidate);
  if (shell) await reload(layout, shell, candidate);
  await pruneGenerations(layout);
}

/** Has the running gateway read the current generation. */
async function reload(layout: Layout, shell: GatewayShell, generation: string): Promise<void> {
  const { exitCode, output } = await shell.run("kill -HUP 1");
  if (exitCode !== 0) throw new Error(`the gateway could not be told to reload: ${output}`);
  await pointAt(layout, "loaded", generation);
  await recordReload(layout, true);
}

async function isRunning(container: string): Promise<boolean> {
  const found = await ifThere(docker().getContainer(container).inspect());
  return found?.State.Running === true && !found.State.Restarting;
}

/** Resolves with the files of others that had to be mended for it. Throws `GatewayConfigError`. */
async function testConfiguration(
  layout: Layout,
  shell: GatewayShell,
  candidate: string,
  edit: Edit,
): Promise<string[]> {
  const mended: string[] = [];
  for (;;) {
    const { exitCode, output } = await shell.run(`nginx -t -q -c ${MOUNT}/${candidate}/nginx.conf`);
    if (exitCode === 0) return mended;
    const { mendGeneration } = await import("./mend-generation");
    const more = await mendGeneration(layout, candidate, edit, output);
    mended.push(...more);
    if (more.length > 0) continue;
    await rm(join(layout.gateway, candidate), { recursive: true, force: true });
    await recordReload(layout, false);
    throw new GatewayConfigError(output);
  }
}

function tellMended(layout: Layout, mended: string[]): void {
  for (const path of mended) {
    new Log(layout.log).warn(
      `nginx refused ${path} of the gateway, which was edited by hand; it is again as its project was deployed`,
    );
  }
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  | ${line}`)
    .join("\n");
}
