import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { engineMessages } from "../../scripts/setup/engine-answer";
import { machineImages, sampleRelease } from "./machine-images";
import type { TestStack } from "./test-stack";

export interface Derivation {
  /** The sample container whose image it starts from; the oldest version. Default `hello`'s. */
  from?: { project: string; container: string };
  /** Where it is in the registry. Default `hello`. */
  repository?: string;
}

/**
 * Builds an image from one of a sample project, changed by lines of a Dockerfile, and puts it into the stack's
 * registry, which must run. Returns its reference by digest; the image itself is not kept on this machine, so that
 * it is pulled as an operator's would be.
 */
export async function derivedImage(
  { docker, registryPort, name }: TestStack,
  tag: string,
  dockerfile: string,
  { from = { project: "hello", container: "web" }, repository = "hello" }: Derivation = {},
) {
  const base = await baseOf(docker, registryPort, from);
  const context = await mkdtemp(join(tmpdir(), "slipway-image-"));
  const reference = `127.0.0.1:${registryPort}/${repository}`;
  try {
    await writeFile(join(context, "Dockerfile"), `FROM ${base}\nLABEL slipway.stack=${name}\n${dockerfile}\n`);
    const built = await docker.buildImage({ context, src: ["Dockerfile"] }, { t: `${reference}:${tag}`, rm: true });
    for await (const _ of engineMessages(built)); // Throws when the build fails.
    let digest: string | undefined;
    const image = docker.getImage(`${reference}:${tag}`);
    for await (const { aux } of engineMessages(await image.push({ authconfig: {} }))) digest = aux?.Digest ?? digest;
    if (!digest) throw new Error(`the registry took ${tag} without telling its digest`);
    const { Id } = await image.inspect();
    await docker.getImage(Id).remove({ force: true });
    return `${reference}@${digest}`;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** By its id; from the registry where that machine does not have it yet. */
async function baseOf(docker: Docker, registryPort: number, from: { project: string; container: string }) {
  const { samples } = await machineImages();
  const sample = samples.find(({ project, container }) => project === from.project && container === from.container);
  if (!sample) throw new Error(`${from.project} has no ${from.container}`);
  try {
    await docker.getImage(sample.image).inspect();
    return sample.image;
  } catch {
    return (await sampleRelease(from.project, sample.version, registryPort)).images[from.container];
  }
}
