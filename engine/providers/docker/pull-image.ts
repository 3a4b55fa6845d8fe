import { setTimeout as sleep } from "node:timers/promises";
import type { CreateRequest } from "../../provider";
import { DockerError, type DockerHost } from "./docker-host";
import { registryLogin } from "./provider-config";

/** Waits before the second, third and fourth attempt, in milliseconds. */
const RETRY_AFTER = [500, 1_000, 2_000];

/** What a registry that is merely out of reach for a moment makes Docker say. */
const TRANSIENT =
  /connection refused|connection reset|i\/o timeout|TLS handshake timeout|unexpected EOF|: EOF|no route to host|temporary failure in name resolution|server misbehaving|Client\.Timeout|deadline exceeded|\b(429|50[0234])\b|too ?many ?requests/i;
const REFUSED_LOGIN = /unauthorized|authentication required|denied|no basic auth credentials/i;

type Pull = Pick<CreateRequest, "signal" | "log"> & { platform?: string };

/** Pulls an image by its reference. A fault of the network is retried, a refusal is final. */
export async function pullImage(host: DockerHost, reference: string, { signal, log, platform }: Pull): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await pullOnce(host, reference, { signal, log, platform });
    } catch (error) {
      const { message } = error as Error;
      const wait = RETRY_AFTER[attempt];
      if (!(error instanceof DockerError)) throw error;
      if (REFUSED_LOGIN.test(message)) {
        throw new DockerError(`${message}. ${whatToDo(host, registryOf(reference))}`, error.status);
      }
      if (wait === undefined || !TRANSIENT.test(message)) throw error;
      log("info", `${message}; trying again in ${wait / 1_000} s`);
      await sleep(wait, undefined, { signal });
    }
  }
}

/** Trying again does not help. */
function whatToDo({ config }: DockerHost, registry: string): string {
  const where = "registryAuth of the docker provider; with Slipway, slipway:registries of the stack's file";
  if (registryLogin(config, registry)) return `${registry} refuses the login: check ${where}`;
  return `${registry} asks for a login and none is configured: set ${where}`;
}

async function pullOnce(host: DockerHost, reference: string, { signal, log, platform }: Pull): Promise<void> {
  const doing = `pulling ${reference}`;
  const authconfig = registryLogin(host.config, registryOf(reference));
  await host.call(doing, async (docker) => {
    const stream = await docker.pull(withTag(reference), { authconfig, platform, abortSignal: signal });
    await new Promise<void>((resolve, reject) => {
      // Docker answers 200 before it has pulled anything: what goes wrong later is an event among the others.
      docker.modem.followProgress(
        stream,
        (error: Error | null) => (error ? reject(new DockerError(`${doing}: ${error.message}`)) : resolve()),
        (event: { status?: string; id?: string; error?: string; errorDetail?: { message?: string } }) => {
          const failure = event.errorDetail?.message ?? event.error;
          if (failure) reject(new DockerError(`${doing}: ${failure}`));
          else if (event.status && /^(Pull complete|Already exists|Digest|Status)/.test(event.status)) {
            log("info", event.id ? `${event.id}: ${event.status}` : event.status);
          }
        },
      );
    });
  });
}

/** Without a tag Docker would pull every one that there is. */
function withTag(reference: string): string {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  return /[:@]/.test(name) ? reference : `${reference}:latest`;
}

/** The part before the first slash, if it can be a host; else Docker's own. */
export function registryOf(reference: string): string {
  const [first, ...rest] = reference.split("/");
  return rest.length > 0 && first && /[.:]|^localhost$/.test(first) ? first : "docker.io";
}
