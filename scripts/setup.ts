import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../config/project";
import { allEnded } from "../host/all-ended";
import { docker } from "../host/docker";
import { INTERRUPTED } from "../terminal/end-signals";
import { checkout } from "./checkout";
import { parsed, UsageError, withUsage } from "./deploy/deploy-options";
import { failureText } from "./failure-text";
import { engineProblem, ensureEngine } from "./setup/docker-engine";
import { turnOnHooks } from "./setup/git-hooks";
import { IMAGE_LABEL, ImageBuilder } from "./setup/image-builder";
import { InterruptedError } from "./setup/interruption";
import { configureLocalStack, isLocalStackConfigured, localPorts, localRegistryPort } from "./setup/local-stack";
import { makeLocalStack } from "./setup/local-state";
import { onlySetup } from "./setup/only-setup";
import { Progress } from "./setup/progress";
import { inputsFingerprint } from "./setup/recipe-inputs";
import { type BuildRecipe, PLATFORM, SAMPLES, type Sample } from "./setup/recipes";
import { push, registryVolume, withRegistry } from "./setup/registry-content";
import { releasesText } from "./setup/releases-text";
import { readSetupRecord, type SampleImage, type SetupRecord, writeSetupRecord } from "./setup/setup-record";
import { refuseTakenPorts } from "./setup/taken-ports";

const USAGE = `Examples:
  slipway setup                     make this machine ready
  slipway setup --print releases    and print what deploys each version of the samples
  slipway setup --rebuild           with the security updates that Debian has by now

usage: slipway setup [--print releases] [--rebuild] [--json]

Prepares this machine for stack local: a Docker engine, the platform's images, the sample projects' images in the
stack's registry, and Pulumi.local.yaml. \`slipway up\` does the same by itself; what is there already is kept. In a git
checkout without hooks of its own, commits that hold a secret are refused from then on.

  --print releases  both versions of the sample projects, as commands that deploy them
  --rebuild         make the platform's images anew; what runs is kept until slipway:infrastructure is \`apply\`
  --json            print what is ready as JSON and nothing else on stdout

Exit codes: 0 ready; 1 not; 130 Ctrl-C.
`;

const OPTIONS = { print: { type: "string" }, rebuild: { type: "boolean" }, json: { type: "boolean" } } as const;
const FAILED = 1;
const READY = "This machine is ready; stack local is deployed by: ./slipway up\n";

interface BuiltSample {
  project: string;
  container: string;
  version: string;
  recipe: BuildRecipe;
  image: string;
}

export function run(args: string[]): Promise<number> {
  return withUsage(args, USAGE, async () => {
    const { print, rebuild = false, json = false } = parsed(args, OPTIONS, 0).values;
    if (print !== undefined && print !== "releases")
      throw new UsageError(`--print ${print}: only \`releases\` can be printed`);
    const root = checkout();
    try {
      const progress = new Progress();
      await turnOnHooks(root, progress);
      const record = await ensureLocal(root, { rebuild });
      await makeLocalStack(root, progress);
      const text = print ? releasesText(record, await localRegistryPort(root)) : READY;
      process.stdout.write(json ? readyJson(record) : text);
      return 0;
    } catch (error) {
      process.stderr.write(failureText(error, json, codeOf(error)));
      return error instanceof InterruptedError ? INTERRUPTED : FAILED;
    }
  });
}

function codeOf(error: unknown): string {
  return error instanceof InterruptedError ? "slipway.interrupted" : "slipway.setup.failed";
}

function readyJson({ images, samples }: SetupRecord): string {
  return `${JSON.stringify({ schemaVersion: 1, result: "succeeded", images, samples }, undefined, 2)}\n`;
}

/**
 * Makes sure that this machine has what stack `local` needs; silent, and done in some 20 ms, when nothing is missing.
 * @param projectRoot Folder of `Pulumi.yaml`. Default: this checkout.
 * @param options.rebuild Makes the platform's images anew. Default: only those that are missing.
 * @param options.willRun Refuses, before it makes anything, ports that stack `local` could not have. Default false.
 * @throws SetupError with a hint when something has to be done by hand; CommandError when a build failed;
 * InterruptedError after Ctrl-C.
 */
export async function ensureLocal(
  projectRoot = checkout(),
  { rebuild = false, willRun = false } = {},
): Promise<SetupRecord> {
  const root = checkout();
  const fingerprint = inputsFingerprint(root, ["images", "examples"], [PLATFORM, SAMPLES]);
  const record = readSetupRecord(root);
  const isReady = record?.fingerprint === fingerprint && isLocalStackConfigured(projectRoot) && !rebuild;
  if (isReady && (await holds(record))) return record;
  const progress = new Progress();
  const wanted = { root, projectRoot, fingerprint, rebuild, willRun };
  return onlySetup(join(root, ".slipway/setup"), progress, () => prepare(wanted, progress));
}

/** Whether everything that a record names is still on this machine. */
async function holds(record: SetupRecord): Promise<boolean> {
  try {
    const [images, volume] = await Promise.all([presentImages(), registryVolume(docker())]);
    const named = [...Object.values(record.images), ...record.samples.map(({ image }) => image)];
    return volume === record.registryVolume && named.every((image) => images.has(image));
  } catch (error) {
    if (await engineProblem()) return false;
    throw error;
  }
}

interface Wanted {
  root: string;
  projectRoot: string;
  fingerprint: string;
  rebuild: boolean;
  willRun: boolean;
}

async function prepare(
  { root, projectRoot, fingerprint, rebuild, willRun }: Wanted,
  progress: Progress,
): Promise<SetupRecord> {
  const projects = await declaredProjects(projectRoot);
  if (willRun) await turnOnHooks(projectRoot, progress);
  const logFolder = join(root, ".slipway/log");
  await ensureEngine(progress, logFolder);
  // Later nothing is built that an error of Docker's would have to wait for.
  if (willRun && !isLocalStackConfigured(projectRoot)) await refuseTakenPorts(docker(), await localPorts(projectRoot));

  const builder = new ImageBuilder(docker(), root, progress, logFolder, rebuild);
  const [gateway, postgres, registry, ...samples] = await allEnded([
    builder.image(PLATFORM.gateway),
    builder.image(PLATFORM.postgres),
    builder.image(PLATFORM.registry),
    ...SAMPLES.map((sample) => buildVersions(builder, sample)),
  ]);
  const before = readSetupRecord(root);
  const published = await publish(registry, samples.flat(), before, progress);
  const record: SetupRecord = { fingerprint, images: { gateway, postgres, registry }, ...published };

  const images = await presentImages();
  const isPresent = (image: string) => images.has(image);
  await configureLocalStack(projectRoot, { record, ...(before && { before }), projects, isPresent }, progress);
  writeSetupRecord(root, record);
  return record;
}

/** Of stack `local`. Throws `ConfigError` with the mistakes of `projects.yml`, before anything is built. */
async function declaredProjects(projectRoot: string): Promise<Project[]> {
  const file = join(projectRoot, "projects.yml");
  if (!existsSync(file)) return [];
  const { loadProjects } = await import("../config/projects-file");
  return loadProjects(readFileSync(file, "utf8"), "projects.yml", "local");
}

/** One after the other: the second version takes the layers that it shares with the first. */
async function buildVersions(builder: ImageBuilder, sample: Sample): Promise<BuiltSample[]> {
  const built: BuiltSample[] = [];
  for (const [version, recipe] of Object.entries(sample.versions)) {
    built.push({ ...sample, version, recipe, image: await builder.image(recipe) });
  }
  return built;
}

/** Puts the samples into the stack's registry, except those that are known to be there. */
async function publish(
  registryImage: string,
  samples: BuiltSample[],
  before: SetupRecord | undefined,
  progress: Progress,
) {
  const volume = await registryVolume(docker());
  const known = volume !== undefined && volume === before?.registryVolume ? before.samples : [];
  const missing = samples.filter(({ image }) => !known.some((sample) => sample.image === image));
  const pushed =
    missing.length === 0
      ? []
      : await progress.step("registry", `taking ${missing.length} images`, () =>
          withRegistry(docker(), registryImage, async (address) => {
            const references: SampleImage[] = [];
            for (const { recipe, project, version, container, image } of missing) {
              const digest = await push(docker(), image, recipe, address);
              references.push({ project, version, container, image, reference: `${recipe.name}@${digest}` });
            }
            return references;
          }),
        );
  return {
    registryVolume: (await registryVolume(docker())) ?? "",
    samples: [...known.filter(({ image }) => samples.some((sample) => sample.image === image)), ...pushed],
  };
}

async function presentImages(): Promise<Set<string>> {
  const images = await docker().listImages({ filters: { label: [IMAGE_LABEL] } });
  return new Set(images.map(({ Id }) => Id));
}
