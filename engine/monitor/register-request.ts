import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { parseDuration } from "../duration";
import type { Registration } from "../registration";
import { withAssetHashes } from "./asset-hashes";
import { fromStruct } from "./struct";
import { UnsupportedError } from "./unsupported";

export interface ProgramFolders {
  /** Where `Pulumi.yaml` is; source positions are told from there. */
  project: string;
  /** Where the program runs; paths of assets are relative to it. */
  program: string;
}

/**
 * Reads a request to register a resource. Throws, naming it, for an option that this engine does not have.
 */
export function readRegistration(request: RegisterResourceRequest, folders: ProgramFolders): Registration {
  refuseUnsupported(request);
  const dependencies = request.getDependenciesList();
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: withAssetHashes(fromStruct(request.getObject()), folders.program),
    parent: request.getParent(),
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deleteBeforeReplace:
      request.getDeletebeforereplacedefined() || request.getDeletebeforereplace()
        ? request.getDeletebeforereplace()
        : undefined,
    dependencies,
    propertyDependencies: propertyDependencies(request),
    provider: request.getProvider(),
    providers: Object.fromEntries(request.getProvidersMap().toArray()),
    version: request.getVersion(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    hideDiff: request.getHidediffsList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: request.getAliasurnsList(),
    deletedWith: request.getDeletedwith(),
    replaceWith: request.getReplaceWithList(),
    customTimeouts: customTimeouts(request),
    sourcePosition: sourcePosition(request, folders.project),
  };
}

function propertyDependencies(request: RegisterResourceRequest): Registration["propertyDependencies"] {
  const found: Registration["propertyDependencies"] = {};
  for (const [key, urns] of request.getPropertydependenciesMap().entries()) found[key] = urns.getUrnsList();
  return found;
}

function customTimeouts(request: RegisterResourceRequest): Registration["customTimeouts"] {
  const timeouts: Registration["customTimeouts"] = {};
  const sent = request.getCustomtimeouts();
  const all = { create: sent?.getCreate(), update: sent?.getUpdate(), delete: sent?.getDelete() };
  for (const [operation, text] of Object.entries(all)) {
    const seconds = parseDuration(text ?? "");
    if (seconds !== undefined) timeouts[operation as keyof typeof all] = seconds;
  }
  return timeouts;
}

function sourcePosition(request: RegisterResourceRequest, root: string): string {
  const position = request.getSourceposition();
  if (!position?.getUri().startsWith("file://")) return "";
  const path = relative(root, fileURLToPath(position.getUri()));
  return `project:///${path}#${position.getLine()},${position.getColumn()}`;
}

function refuseUnsupported(request: RegisterResourceRequest): void {
  const unsupported: Record<string, boolean> = {
    "a remote component": request.getRemote(),
    "the option import": request.getImportid() !== "",
    "the option replacementTrigger": request.hasReplacementTrigger(),
    "the option pluginDownloadURL": request.getPlugindownloadurl() !== "",
    "the option hooks": request.hasHooks(),
    "the option transforms": request.getTransformsList().length > 0,
    "the option envVarMappings": request.getEnvvarmappingsMap().getLength() > 0,
    "a parameterized package": request.getPackageref() !== "",
    "an alias specification": request.getAliasesList().length > 0,
  };
  for (const [what, used] of Object.entries(unsupported)) {
    if (used) throw new UnsupportedError(`${what} (${request.getType()} '${request.getName()}')`);
  }
}
