import type Docker from "dockerode";
import { labelMap } from "../../components/platform/labels";
import type { ReleaseConfig } from "../../config/stack-config";
import { ensureLocal } from "../../scripts/setup";
import { REGISTRY_VOLUME } from "../../scripts/setup/registry-content";
import { releaseImages, type SetupRecord } from "../../scripts/setup/setup-record";

const REPOSITORIES = "/to/docker/registry/v2/repositories";
/** Knows the layers that its images begin with: a push of one does not compress and send them. */
const LEDGER = `${REPOSITORIES}/ledger`;
const LEDGER_BASE = `${REPOSITORIES}/calendar-backend`;

let made: Promise<SetupRecord> | undefined;

/** Images of the platform and of the sample projects; made when this machine does not have them yet. */
export function machineImages(): Promise<SetupRecord> {
  made ??= ensureLocal();
  return made;
}

/** A version of a sample project, as a stack's configuration names it. */
export async function sampleRelease(project: string, version: string, registryPort: number): Promise<ReleaseConfig> {
  return { version, images: releaseImages(await machineImages(), project, version, registryPort) };
}

/**
 * Fills the volume of a stack's registry with the images of the sample projects, before its first `up`. `from`: where
 * that engine finds them.
 */
export async function fillRegistry(docker: Docker, stack: string, from = REGISTRY_VOLUME): Promise<void> {
  const { images } = await machineImages();
  const volume = `slipway-${stack}-registry`;
  const labels = labelMap({ stack, service: "registry" });
  await docker.createVolume({ Name: volume, Labels: labels });
  const copier = await docker.createContainer({
    Image: images.registry,
    Entrypoint: ["sh", "-ec", `cp -a /from/. /to/; cp -a ${LEDGER_BASE} ${LEDGER}; rm -r ${LEDGER}/_manifests`],
    Cmd: [],
    User: "root",
    Labels: labels,
    HostConfig: { Binds: [`${from}:/from:ro`, `${volume}:/to`], NetworkMode: "none" },
  });
  try {
    await copier.start();
    const { StatusCode } = (await copier.wait()) as { StatusCode: number };
    if (StatusCode !== 0) throw new Error(`copying the registry's content ended with ${StatusCode}`);
  } finally {
    await copier.remove({ force: true, v: true });
  }
}
