import { engineMessages } from "../../scripts/setup/engine-answer";
import { type Changes, changedImage } from "./changed-image";
import { machineImages, sampleRelease } from "./machine-images";
import type { TestStack } from "./test-stack";

/** `hello` that is well until `/tmp/spoilt` is there. */
export const SPOILS: Changes = {
  run: `sed -i 's#location = /healthz#if (-f /tmp/spoilt) { return 500; } location = /healthz#' /etc/nginx/nginx.conf`,
};

export interface Derivation {
  /** The sample container whose image it starts from; the oldest version. Default `hello`'s. */
  from?: { project: string; container: string };
  /** Where it is in the registry. Default `hello`. */
  repository?: string;
}

/**
 * Makes an image from one of a sample project and puts it into the stack's registry, which must run. Returns its
 * reference by digest; the image itself is not kept on this machine, so that it is pulled as an operator's would be.
 */
export async function derivedImage(
  stack: TestStack,
  tag: string,
  changes: Changes,
  { from = { project: "hello", container: "web" }, repository = "hello" }: Derivation = {},
) {
  const { docker, registryPort } = stack;
  const reference = `127.0.0.1:${registryPort}/${repository}`;
  const id = await changedImage(stack, await baseOf(stack, from), { repo: reference, tag }, changes);
  const image = docker.getImage(`${reference}:${tag}`);
  let digest: string | undefined;
  for await (const { aux } of engineMessages(await image.push({ authconfig: {} }))) digest = aux?.Digest ?? digest;
  if (!digest) throw new Error(`the registry took ${tag} without telling its digest`);
  await docker.getImage(id).remove({ force: true });
  return `${reference}@${digest}`;
}

/** By its id; from the registry where that machine does not have it yet. */
async function baseOf({ docker, registryPort }: TestStack, { project, container }: Required<Derivation>["from"]) {
  const { samples } = await machineImages();
  const sample = samples.find((one) => one.project === project && one.container === container);
  if (!sample) throw new Error(`${project} has no ${container}`);
  try {
    await docker.getImage(sample.image).inspect();
    return sample.image;
  } catch {
    const reference = (await sampleRelease(project, sample.version, registryPort)).images[container] as string;
    for await (const _ of engineMessages(await docker.pull(reference)));
    return reference;
  }
}
