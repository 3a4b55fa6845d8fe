import { isDeepStrictEqual } from "node:util";
import type { Project } from "../../config/project";
import { imagesFor } from "../../config/release";
import type { ReleaseConfig } from "../../config/stack-config";
import { ContractError } from "../../host/contract-error";
import type { ResolveRequest } from "../../host/registry-version";
import type { StackContext } from "./stack-context";

const FAILED = 1;

/**
 * What a deploy makes live: as configured, or with the images of a version of the registry, which are where the
 * configured ones are. Throws `ContractError` 1 where that is not known of a container, or of all.
 */
export async function wantedRelease(
  context: Pick<StackContext, "host" | "registryLogins">,
  project: Project,
  configured: ReleaseConfig | undefined,
  version: string | undefined,
): Promise<ReleaseConfig> {
  if (version === undefined && !configured) {
    throw new ContractError(
      `${project.name}: no release is configured; name a version, or set slipway:releases.${project.name}.live`,
      FAILED,
    );
  }
  if (version === undefined && configured?.snapshot) return configured;
  const images = imagesFor(project, configured?.images ?? {});
  const unknown = project.containers.find(({ name }) => images[name] === undefined);
  if (unknown) {
    throw new ContractError(
      `${project.name}: where the images of container ${unknown.name} are is not known yet; deploy its first release by ` +
        `digest: slipway config set --path slipway:releases.${project.name}.live.images.${unknown.name} REGISTRY/PATH@sha256:…`,
      FAILED,
    );
  }
  const isAsItIs = configured && hasContainersOf(configured, project);
  const asConfigured: ReleaseConfig = { ...(isAsItIs ? configured : { version: version ?? "" }), images };
  if (version === undefined) return asConfigured;
  const request: ResolveRequest = { version, images, logins: await context.registryLogins() };
  try {
    const resolved = await context.host<Record<string, string>>("resolve-version", request);
    const isConfigured = isDeepStrictEqual([version, resolved], [configured?.version, images]);
    return isConfigured ? asConfigured : { version, images: resolved };
  } catch (error) {
    // Configured by digest, under a version that no tag has.
    if (version === configured?.version) return asConfigured;
    throw error;
  }
}

/** A snapshot is of the containers that the project had then. */
function hasContainersOf({ snapshot }: ReleaseConfig, project: Project): boolean {
  const names = ({ containers }: Pick<Project, "containers">) => containers.map(({ name }) => name).sort();
  return !snapshot || isDeepStrictEqual(names(snapshot), names(project));
}
