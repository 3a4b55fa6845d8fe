import type Docker from "dockerode";
import { labelMap } from "../../components/platform/labels";
import { ifThere } from "../../host/docker";
import { fetchWithin } from "../../host/fetch-within";
import { withLock } from "../../host/lock";
import { engineMessages } from "./engine-answer";
import { throwIfStopped, unlessStopped } from "./interruption";
import type { BuildRecipe } from "./recipes";
import { SetupError } from "./setup-error";

/** Longest wait for a registry that was started to answer. */
const START_SECONDS = 30;
/** Longest wait for another setup that pushes, in seconds. */
const WAIT_SECONDS = 600;

/** What stack `local` keeps its registry in; the names are those that the Pulumi program gives. */
export const REGISTRY_VOLUME = "slipway-local-registry";
const REGISTRY_CONTAINER = "slipway-local-registry";
/** Of one that runs while images are pushed. Where nobody has the lock of that name, a killed setup has left it. */
const TEMPORARY_CONTAINER = "slipway-local-registry-setup";
const LABELS = labelMap({ stack: "local", service: "registry" });

/** When the volume was made, so that a new one is told from the one that was filled; `undefined` without one. */
export async function registryVolume(engine: Docker): Promise<string | undefined> {
  const volume = await ifThere(engine.getVolume(REGISTRY_VOLUME).inspect());
  return (volume as { CreatedAt?: string } | undefined)?.CreatedAt;
}

/**
 * Runs an action with the address of a registry on the stack's volume: the stack's own where it runs, otherwise one
 * that is removed afterwards. An image has the same digest in both.
 */
export async function withRegistry<T>(
  engine: Docker,
  image: string,
  action: (address: string) => Promise<T>,
): Promise<T> {
  const own = await publishedPort(engine, REGISTRY_CONTAINER);
  if (own) return action(`127.0.0.1:${own}`);
  // Other checkouts have the same volume.
  return withLock(TEMPORARY_CONTAINER, "setup", WAIT_SECONDS, () => withTemporary(engine, image, action));
}

async function withTemporary<T>(engine: Docker, image: string, action: (address: string) => Promise<T>): Promise<T> {
  throwIfStopped();
  await ifThere(engine.getContainer(TEMPORARY_CONTAINER).remove({ force: true }));
  await engine.createVolume({ Name: REGISTRY_VOLUME, Labels: LABELS });
  const container = await engine.createContainer({
    name: TEMPORARY_CONTAINER,
    Image: image,
    Labels: LABELS,
    HostConfig: {
      Binds: [`${REGISTRY_VOLUME}:/var/lib/registry`],
      PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
    },
  });
  try {
    await container.start();
    const port = await publishedPort(engine, container.id);
    await unlessStopped(untilAnswers(`http://127.0.0.1:${port}/v2/`));
    return await action(`127.0.0.1:${port}`);
  } finally {
    await container.remove({ force: true });
  }
}

/** Pushes an image and returns its digest. */
export async function push(engine: Docker, image: string, recipe: BuildRecipe, address: string): Promise<string> {
  const repo = `${address}/${recipe.name}`;
  const tag = recipe.version as string;
  await engine.getImage(image).tag({ repo, tag });
  const pushed = engine.getImage(`${repo}:${tag}`);
  try {
    const digest = await unlessStopped(pushedDigest(pushed));
    if (digest) return digest;
  } finally {
    await pushed.remove();
  }
  throw new Error(`the registry took ${repo}:${tag} without telling its digest`);
}

async function pushedDigest(image: Docker.Image): Promise<string | undefined> {
  for await (const { aux } of engineMessages(await image.push({ authconfig: {} }))) {
    if (aux?.Digest) return aux.Digest;
  }
  return undefined;
}

async function publishedPort(engine: Docker, container: string): Promise<string | undefined> {
  const found = await ifThere(engine.getContainer(container).inspect());
  return found?.State.Running ? found.NetworkSettings.Ports["5000/tcp"]?.[0]?.HostPort : undefined;
}

async function untilAnswers(url: string): Promise<void> {
  const deadline = Date.now() + START_SECONDS * 1000;
  for (;;) {
    const ok = await fetchWithin(1000, url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    if (Date.now() > deadline) {
      throw new SetupError(
        `the registry does not answer at ${url} after ${START_SECONDS} s`,
        "try again, or look at: docker logs",
      );
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}
