import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { DEFAULT_LIMITS, logOptions, TMPFS_OPTIONS } from "../config/container-limits";
import type { Limits } from "../config/project";
import { collect, docker } from "./docker";

const MIB = 1024 * 1024;

export interface OneCommand extends Limits {
  /** Beginning of the container's name. */
  name: string;
  image: string;
  network: string;
  env: Record<string, string>;
  labels: Record<string, string>;
  timeoutSeconds: number;
}

export interface RunResult {
  exitCode: number;
  stdout: string;
  /** Both channels. */
  output: string;
  /** It was killed at its deadline. */
  timedOut: boolean;
}

/**
 * Runs one command in a container of its own, which Docker removes when the command has ended, even if this process
 * was killed meanwhile. After `timeoutSeconds` it is killed.
 */
export async function runOnce(wanted: OneCommand, command: string[]): Promise<RunResult> {
  const container = await docker().createContainer({
    name: `${wanted.name}-${randomBytes(3).toString("hex")}`,
    Image: wanted.image,
    Entrypoint: command.slice(0, 1),
    Cmd: command.slice(1),
    Env: Object.entries(wanted.env).map(([name, value]) => `${name}=${value}`),
    Labels: wanted.labels,
    HostConfig: {
      AutoRemove: true,
      NetworkMode: wanted.network,
      ...limits(wanted),
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      Tmpfs: { "/tmp": TMPFS_OPTIONS },
    },
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    container.kill().catch(() => undefined);
  }, wanted.timeoutSeconds * 1000);
  const opened: Readable[] = [];
  try {
    const stream = (await container.attach({ stream: true, stdout: true, stderr: true })) as unknown as Readable;
    opened.push(stream);
    const exit = await nextExit(container);
    opened.push(exit);
    await container.start();
    const { stdout, stderr } = await collect(stream, { onlyEnd: true });
    return { exitCode: await exitCode(exit), stdout, output: `${stdout}${stderr}`, timedOut };
  } catch (error) {
    await container.remove({ force: true, v: true }).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
    for (const stream of opened) letGo(stream);
  }
}

/** As the containers of a release have them. An `up` that began with an earlier version does not tell all. */
function limits(wanted: Partial<Limits>): Docker.HostConfig {
  const { memoryMiB, cpus, pids, logMiB } = { ...DEFAULT_LIMITS, ...wanted };
  return {
    Memory: memoryMiB * MIB,
    MemorySwap: memoryMiB * MIB,
    NanoCpus: Math.round(cpus * 1e9),
    PidsLimit: pids,
    LogConfig: { Type: "json-file", Config: logOptions({ logMiB }) },
  };
}

/**
 * Waits until no container with these labels is left, for `timeoutSeconds` at most; one that is there still is then
 * removed. Resolves to whether there was any.
 */
export async function untilNoneRuns(labels: Record<string, string>, timeoutSeconds: number): Promise<boolean> {
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const found = await docker().listContainers({ all: true, filters: { label } });
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  for (const { Id, State } of found) {
    const container = docker().getContainer(Id);
    if (State === "running" || State === "paused") {
      await container.wait({ condition: "not-running", abortSignal: deadline }).catch(() => undefined);
    }
    await container.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
      const isGoing = error.statusCode === 404 || error.statusCode === 409;
      if (!isGoing) throw error;
    });
  }
  return found.length > 0;
}

/** Docker does not end the streams of a container that never started. Nobody waits for their error any more. */
export function letGo(stream: Readable): void {
  stream.on("error", () => undefined).destroy();
}

/**
 * Registered when it resolves, so that no exit is missed, however soon it comes and is cleaned up: Docker sends the
 * answer's headers then and its body at the exit.
 */
export function nextExit({ id }: Docker.Container): Promise<Readable> {
  return new Promise((done, fail) => {
    docker().modem.dial(
      {
        path: `/containers/${id}/wait?`,
        options: { condition: "next-exit" },
        method: "POST",
        isStream: true,
        statusCodes: { 200: true },
      },
      (error: Error | null, answer: unknown) => (error ? fail(error) : done(answer as Readable)),
    );
  });
}

export async function exitCode(answer: Readable): Promise<number> {
  return (JSON.parse(await text(answer)) as { StatusCode: number }).StatusCode;
}
