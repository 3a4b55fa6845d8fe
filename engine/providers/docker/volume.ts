import { setTimeout as sleep } from "node:timers/promises";
import type { VolumeInspectInfo } from "dockerode";
import { type PropertyMap, UNKNOWN } from "../../property-value";
import type { ResourceType } from "../resource-type";
import { labelMap } from "./container/container-config";
import { DockerError, type DockerHost } from "./docker-host";
import { needsFreeName, withAutoName } from "./schema/auto-name";
import { checkInputs } from "./schema/check-inputs";
import { diffOutputs } from "./schema/diff-outputs";
import { plannedOutputs } from "./schema/plan-outputs";
import { inputsAsRead } from "./schema/read-inputs";
import { type Schema, stringMapOf } from "./schema/schema";

const replace = { replace: true } as const;

const SCHEMA: Schema = {
  cluster: { kind: "object", output: true },
  driver: { kind: "string", ...replace, computed: true },
  driverOpts: { kind: "map", ...replace },
  labels: {
    kind: "objectSet",
    ...replace,
    fields: { label: { kind: "string", required: true }, value: { kind: "string", required: true } },
  },
  mountpoint: { kind: "string", output: true },
  name: { kind: "string", ...replace, computed: true },
};

/** How long a volume may still be in use by a container that is being removed, and between two attempts. */
const IN_USE_FOR = 10_000;
const TRY_EVERY = 100;

/** `docker:index/volume:Volume`. Its id is its name. */
export function volume(host: DockerHost): ResourceType {
  return {
    check(request) {
      const { inputs, failures } = checkInputs(SCHEMA, request.newInputs);
      return { inputs: withAutoName(inputs, request), failures };
    },

    diff({ oldOutputs, newInputs, ignoreChanges }) {
      const diff = diffOutputs(SCHEMA, oldOutputs, newInputs, ignoreChanges);
      return diff.replaces?.length ? { ...diff, deleteBeforeReplace: needsFreeName(newInputs, oldOutputs) } : diff;
    },

    async create({ inputs }) {
      const Name = String(inputs.name);
      const found = await host.call(`creating volume ${Name}`, async (docker) => {
        await docker.createVolume({
          Name,
          ...(inputs.driver && { Driver: String(inputs.driver) }),
          DriverOpts: stringMapOf(inputs.driverOpts),
          Labels: labelMap(inputs.labels),
        });
        return docker.getVolume(Name).inspect();
      });
      const planned = plannedOutputs(SCHEMA, inputs);
      const outputs = { ...planned, ...outputsOf(found), cluster: null, __meta: '{"schema_version":"1"}' };
      return { id: Name, outputs: planned.driverOpts === null ? { ...outputs, driverOpts: null } : outputs };
    },

    async read({ id, inputs, outputs }) {
      const found = await host.find(`inspecting volume ${id}`, (docker) => docker.getVolume(id).inspect());
      if (!found) return undefined;
      const now = { ...outputs, ...outputsOf(found) };
      return { id, inputs: inputsAsRead(SCHEMA, inputs, now), outputs: now };
    },

    async delete({ id, signal }) {
      const deadline = Date.now() + IN_USE_FOR;
      for (;;) {
        try {
          await host.find(`removing volume ${id}`, (docker) => docker.getVolume(id).remove({ force: true }));
          return;
        } catch (error) {
          if (!(error instanceof DockerError) || !/volume is in use/.test(error.message) || Date.now() > deadline) {
            throw error;
          }
          await sleep(TRY_EVERY, undefined, { signal });
        }
      }
    },

    previewCreate: ({ inputs }) => ({ ...plannedOutputs(SCHEMA, inputs), cluster: null, id: UNKNOWN }),
    previewUpdate: ({ inputs, oldOutputs }) => ({ ...oldOutputs, ...plannedOutputs(SCHEMA, inputs, oldOutputs) }),
  };
}

function outputsOf(volume: VolumeInspectInfo): PropertyMap {
  const labels = Object.entries(volume.Labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    id: volume.Name,
    name: volume.Name,
    driver: volume.Driver,
    driverOpts: volume.Options ?? {},
    mountpoint: volume.Mountpoint,
    labels: labels.map(([label, value]) => ({ label, value })),
  };
}
