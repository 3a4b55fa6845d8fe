import type { PropertyMap } from "../../property-value";
import { UNKNOWN } from "../../property-value";
import type { CreateRequest } from "../../provider";
import type { ResourceType } from "../resource-type";
import type { DockerHost } from "./docker-host";
import { DockerError } from "./docker-host";
import { pullImage } from "./pull-image";
import { checkInputs } from "./schema/check-inputs";
import { diffOutputs } from "./schema/diff-outputs";
import { plannedOutputs } from "./schema/plan-outputs";
import { inputsAsRead } from "./schema/read-inputs";
import type { Schema } from "./schema/schema";
import { timeoutsMeta } from "./timeouts-meta";

const SCHEMA: Schema = {
  build: { kind: "object", output: true },
  forceRemove: { kind: "boolean" },
  imageId: { kind: "string", output: true },
  keepLocally: { kind: "boolean" },
  name: {
    kind: "string",
    required: true,
    replace: true,
    refuse: (name) => (name === "" ? "is empty; it must be the reference of an image" : undefined),
  },
  platform: { kind: "string", replace: true },
  pullTriggers: { kind: "set", replace: true },
  repoDigest: { kind: "string", output: true },
  triggers: { kind: "map", replace: true },
};

/**
 * `docker:index/remoteImage:RemoteImage`: an image that is present on the host, pulled where it is not. As with Pulumi's
 * plugin an image that is present is never pulled again, whatever its tag means by now: name images by digest.
 */
export function remoteImage(host: DockerHost): ResourceType {
  const inspect = (name: string) =>
    host.find(`looking for image ${name}`, (docker) => docker.getImage(encodeURI(name)).inspect());

  /** Outputs of an image that is present. */
  async function present(name: string): Promise<PropertyMap | undefined> {
    const image = await inspect(name);
    if (!image) return undefined;
    return { id: image.Id + name, imageId: image.Id, repoDigest: repoDigest(name, image.RepoDigests ?? []) };
  }

  async function ensure({
    inputs,
    signal,
    log,
  }: Pick<CreateRequest, "inputs" | "signal" | "log">): Promise<PropertyMap> {
    const name = String(inputs.name);
    let found = await present(name);
    if (!found) {
      await pullImage(host, name, { signal, log, platform: inputs.platform ? String(inputs.platform) : undefined });
      found = await present(name);
    }
    if (!found) throw new DockerError(`pulling ${name}: Docker says that it did, but there is no such image`);
    return found;
  }

  return {
    check: ({ newInputs }) => checkInputs(SCHEMA, newInputs),

    diff: ({ oldOutputs, newInputs, ignoreChanges }) => diffOutputs(SCHEMA, oldOutputs, newInputs, ignoreChanges),

    async create(request) {
      const found = await ensure(request);
      const planned = { ...plannedOutputs(SCHEMA, request.inputs), build: null };
      return { id: String(found.id), outputs: { ...planned, ...found, __meta: timeoutsMeta() } };
    },

    async update(request) {
      const found = await ensure(request);
      return {
        outputs: { ...request.oldOutputs, ...plannedOutputs(SCHEMA, request.inputs, request.oldOutputs), ...found },
      };
    },

    async read({ inputs, outputs }) {
      const found = await present(String(outputs.name ?? inputs.name));
      if (!found) return undefined;
      const now = { ...outputs, ...found };
      return { id: String(found.id), inputs: inputsAsRead(SCHEMA, inputs, now), outputs: now };
    },

    async delete({ oldOutputs, log }) {
      const name = String(oldOutputs.name);
      if (oldOutputs.keepLocally) return;
      try {
        await host.find(`removing image ${name}`, (docker) =>
          docker.getImage(encodeURI(name)).remove({ force: oldOutputs.forceRemove === true }),
        );
      } catch (error) {
        if (!(error instanceof DockerError) || error.status !== 409) throw error;
        log("warning", `${error.message}; it stays`);
      }
    },

    previewCreate: ({ inputs }) => ({ ...plannedOutputs(SCHEMA, inputs), build: null, id: UNKNOWN }),
    previewUpdate: ({ inputs, oldOutputs }) => ({ ...oldOutputs, ...plannedOutputs(SCHEMA, inputs, oldOutputs) }),
  };
}

/** Of an image's digests, one for each repository that it came from, that of the repository named. */
function repoDigest(name: string, digests: string[]): string {
  const repository = name.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  return digests.find((digest) => digest.split("@")[0] === repository) ?? digests[0] ?? "";
}
