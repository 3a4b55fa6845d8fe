import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";

/** Of this process, on Linux. */
const MOUNTS = "/proc/self/mounts";
/** Beginning of the folder of a test's stack. */
const FOLDER_PREFIX = "slipway-stack-";

/** Name of a stack that tells which process made it, so that a later run knows when nobody uses it any more. */
export function stackName(random: string): string {
  return `t${process.pid}x${random}`;
}

export function stackFolder(stack: string): string {
  return join(tmpdir(), `${FOLDER_PREFIX}${stack}`);
}

/** Repository of the images that a test makes for its stack alone. */
export function testImages(stack: string): string {
  return `slipway-test/${stack}`;
}

/** Removes what a stack made in Docker, what was pulled from its registry, and the names that its backups gave. */
export async function removeStack(docker: Docker, stack: string, registryPort?: number): Promise<void> {
  const filters = { label: [`slipway.stack=${stack}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const removed = containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }));
  await Promise.all(removed.map((removal) => removal.catch(ignoreGone)));
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove().catch(ignoreGone);
  const { Volumes } = await docker.listVolumes({ filters });
  for (const { Name } of Volumes ?? []) await docker.getVolume(Name).remove().catch(ignoreGone);
  if (registryPort !== undefined) await removeReferences(docker, `127.0.0.1:${registryPort}/`);
  for (const prefix of [`slipway-backup/${stack}/`, `${testImages(stack)}:`]) await removeReferences(docker, prefix);
  unmount(stackFolder(stack));
  await rm(stackFolder(stack), { recursive: true, force: true });
}

/** Takes away every disk at a folder or below it, also one that is in use. */
export function unmount(folder: string): void {
  const lines = existsSync(MOUNTS) ? readFileSync(MOUNTS, "utf8").split("\n") : [];
  const places = lines.map((line) => line.split(" ")[1] ?? "");
  for (const place of places.filter((place) => place === folder || place.startsWith(`${folder}/`))) {
    execFileSync("umount", ["--lazy", place]);
  }
}

/** Names and digests under which images were pulled; an image with another name stays. */
async function removeReferences(docker: Docker, prefix: string): Promise<void> {
  for (const { RepoTags, RepoDigests } of await docker.listImages()) {
    const references = [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter((name) => name.startsWith(prefix));
    for (const reference of references) await docker.getImage(reference).remove().catch(ignoreGone);
  }
}

/** Removes the stacks of test processes that were killed. */
export async function removeLeftovers(docker: Docker): Promise<void> {
  const containers = await docker.listContainers({ all: true, filters: { label: ["slipway.stack"] } });
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith(FOLDER_PREFIX));
  const stacks = new Set([
    ...containers.map(({ Labels }) => Labels["slipway.stack"] as string),
    ...folders.map((name) => name.slice(FOLDER_PREFIX.length)),
  ]);
  for (const stack of stacks) {
    const maker = /^t(\d+)x/.exec(stack)?.[1];
    if (maker !== undefined && !isRunning(Number(maker))) await removeStack(docker, stack);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Also what Docker is removing by itself: a container that ran one command. */
function ignoreGone(error: { statusCode?: number; message?: string }): void {
  const isGoing = error.statusCode === 409 && /already in progress/.test(error.message ?? "");
  if (error.statusCode !== 404 && !isGoing) throw error;
}
