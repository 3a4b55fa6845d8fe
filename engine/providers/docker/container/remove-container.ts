import { setTimeout as sleep } from "node:timers/promises";
import type { PropertyMap } from "../../../property-value";
import { DockerError, type DockerHost } from "../docker-host";

/** Between two looks whether a removal that somebody else began is done, and how long to look, in milliseconds. */
const LOOK_EVERY = 50;
const LOOK_FOR = 30_000;

/** Stops a container, with `destroyGraceSeconds` to end by itself, and removes it. One that is gone is fine. */
export async function removeContainer(host: DockerHost, id: string, outputs: PropertyMap): Promise<void> {
  const name = String(outputs.name ?? id.slice(0, 12));
  const grace = Number(outputs.destroyGraceSeconds ?? 0);
  if (grace > 0) {
    await host
      .find(`stopping container ${name}`, (docker) => docker.getContainer(id).stop({ t: grace }))
      .catch((error: DockerError) => {
        if (error.status !== 304) throw error; // 304: not running.
      });
  }
  try {
    await host.find(`removing container ${name}`, (docker) =>
      docker.getContainer(id).remove({ force: true, v: outputs.removeVolumes !== false }),
    );
  } catch (error) {
    if (!(error instanceof DockerError) || !/already in progress/.test(error.message)) throw error;
    await gone(host, id, name);
  }
}

async function gone(host: DockerHost, id: string, name: string): Promise<void> {
  const deadline = Date.now() + LOOK_FOR;
  while (await host.find(`removing container ${name}`, (docker) => docker.getContainer(id).inspect())) {
    if (Date.now() > deadline) throw new DockerError(`removing container ${name}: it is still there after 30 s`);
    await sleep(LOOK_EVERY);
  }
}
