import { engineMessages } from "../../scripts/setup/engine-answer";
import { machineImages, sampleRelease } from "./machine-images";
import type { TestStack } from "./test-stack";

/** How an image differs from the one that it starts from. */
export interface Changes {
  /** Run in it by a shell, as root. */
  run?: string;
  /** Lines as in a Dockerfile, of what starts no container: `CMD`, `ENV`, `LABEL`. */
  instructions?: string[];
}

const BOTH = { stdout: true, stderr: true } as const;

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
  await commit(stack, await baseOf(stack, from), { repo: reference, tag }, changes);
  const image = docker.getImage(`${reference}:${tag}`);
  let digest: string | undefined;
  for await (const { aux } of engineMessages(await image.push({ authconfig: {} }))) digest = aux?.Digest ?? digest;
  if (!digest) throw new Error(`the registry took ${tag} without telling its digest`);
  const { Id } = await image.inspect();
  await docker.getImage(Id).remove({ force: true });
  return `${reference}@${digest}`;
}

/** One container and one layer, where a build has one of each for a line: a build takes ten times as long. */
async function commit(
  { docker, name }: TestStack,
  base: string,
  target: { repo: string; tag: string },
  { run, instructions = [] }: Changes,
): Promise<void> {
  const shell = run === undefined ? {} : { User: "root", Cmd: ["sh", "-ec", run] };
  const container = await docker.createContainer({ Image: base, Labels: { "slipway.stack": name }, ...shell });
  try {
    if (run !== undefined) {
      await container.start();
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      if (StatusCode !== 0) throw new Error(`${run}\nended with ${StatusCode}: ${await container.logs(BOTH)}`);
    }
    const { User, Cmd } = (await docker.getImage(base).inspect()).Config;
    const query = { ...target, container: container.id, changes: instructions.join("\n") };
    await container.commit({ _query: query, _body: { User, Cmd } });
  } finally {
    await container.remove({ force: true, v: true });
  }
}

/**
 * Pulled from the stack's registry, although this machine has it: Docker then knows that its layers are there, and does
 * not compress and send them again for another repository.
 */
async function baseOf({ docker, registryPort }: TestStack, { project, container }: Required<Derivation>["from"]) {
  const { samples } = await machineImages();
  const sample = samples.find((one) => one.project === project && one.container === container);
  if (!sample) throw new Error(`${project} has no ${container}`);
  const reference = (await sampleRelease(project, sample.version, registryPort)).images[container] as string;
  for await (const _ of engineMessages(await docker.pull(reference)));
  return reference;
}
