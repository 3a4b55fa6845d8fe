import { setTimeout as sleep } from "node:timers/promises";
import type { NetworkCreateOptions, NetworkInspectInfo } from "dockerode";
import { type PropertyMap, UNKNOWN } from "../../property-value";
import type { ResourceType } from "../resource-type";
import { labelMap } from "./container/container-config";
import { DockerError, type DockerHost } from "./docker-host";
import { hasLabels } from "./has-labels";
import { needsFreeName, withAutoName } from "./schema/auto-name";
import { checkInputs } from "./schema/check-inputs";
import { diffOutputs } from "./schema/diff-outputs";
import { plannedOutputs } from "./schema/plan-outputs";
import { inputsAsRead } from "./schema/read-inputs";
import { isZero, objectsOf, type Schema, stringMapOf } from "./schema/schema";

const replace = { replace: true } as const;

const SCHEMA: Schema = {
  attachable: { kind: "boolean", ...replace },
  driver: { kind: "string", ...replace, computed: true },
  ingress: { kind: "boolean", ...replace },
  internal: { kind: "boolean", ...replace, computed: true },
  ipamConfigs: {
    kind: "objectSet",
    ...replace,
    computed: true,
    fields: {
      auxAddress: { kind: "map" },
      gateway: { kind: "string" },
      ipRange: { kind: "string" },
      subnet: { kind: "string" },
    },
  },
  ipamDriver: { kind: "string", ...replace, default: "default" },
  ipamOptions: { kind: "map", ...replace },
  ipv6: { kind: "boolean", ...replace },
  labels: {
    kind: "objectSet",
    ...replace,
    fields: { label: { kind: "string", required: true }, value: { kind: "string", required: true } },
  },
  name: { kind: "string", ...replace },
  options: { kind: "map", ...replace, computed: true },
  scope: { kind: "string", output: true },
};

/** How long a network may still be in use by containers that are being removed, and between two attempts. */
const IN_USE_FOR = 10_000;
const TRY_EVERY = 100;

/** `docker:index/network:Network`. */
export function network(host: DockerHost): ResourceType {
  const inspect = (id: string) => host.find(`inspecting network ${id}`, (docker) => docker.getNetwork(id).inspect());

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
      const created = await host.call(`creating network ${inputs.name}`, (docker) =>
        docker.createNetwork(networkConfig(inputs)),
      );
      const found = await inspect(created.id);
      if (!found) throw new DockerError(`network ${inputs.name} was removed by somebody else meanwhile`, 404);
      const planned = plannedOutputs(SCHEMA, inputs);
      const outputs = { ...planned, ...outputsOf(found), __meta: '{"schema_version":"1"}' };
      return { id: created.id, outputs: planned.ipamOptions === null ? { ...outputs, ipamOptions: null } : outputs };
    },

    async read({ id, inputs, outputs }) {
      const found = await inspect(id);
      if (!found) return undefined;
      const now = { ...outputs, ...outputsOf(found) };
      return { id: found.Id, inputs: inputsAsRead(SCHEMA, inputs, now), outputs: now };
    },

    async delete({ id, oldOutputs, signal }) {
      const name = String(oldOutputs.name);
      const deadline = Date.now() + IN_USE_FOR;
      for (;;) {
        try {
          await host.find(`removing network ${name}`, (docker) => docker.getNetwork(id).remove());
          return;
        } catch (error) {
          if (!(error instanceof DockerError) || !/active endpoints/.test(error.message)) throw error;
          if (Date.now() > deadline) throw new DockerError(`${error.message} (${await usersOf(id)})`, error.status);
          await sleep(TRY_EVERY, undefined, { signal });
        }
      }
    },

    async find({ inputs }) {
      const found = await inspect(String(inputs.name));
      return found && hasLabels(found.Labels, inputs) ? found.Id : undefined;
    },

    previewCreate: ({ inputs }) => ({ ...plannedOutputs(SCHEMA, inputs), id: UNKNOWN }),
    previewUpdate: ({ inputs, oldOutputs }) => ({ ...oldOutputs, ...plannedOutputs(SCHEMA, inputs, oldOutputs) }),
  };

  async function usersOf(id: string): Promise<string> {
    const containers = Object.values((await inspect(id))?.Containers ?? {});
    return `still connected: ${containers.map(({ Name }) => Name).join(", ") || "nobody by now"}`;
  }
}

export function networkConfig(inputs: PropertyMap): NetworkCreateOptions {
  const Config = objectsOf(inputs.ipamConfigs).map(({ subnet, ipRange, gateway, auxAddress }) => ({
    ...(!isZero(subnet) && { Subnet: String(subnet) }),
    ...(!isZero(ipRange) && { IPRange: String(ipRange) }),
    ...(!isZero(gateway) && { Gateway: String(gateway) }),
    ...(!isZero(auxAddress) && { AuxAddress: stringMapOf(auxAddress) }),
  }));
  return {
    Name: String(inputs.name),
    CheckDuplicate: true,
    ...(inputs.driver && { Driver: String(inputs.driver) }),
    Internal: inputs.internal === true,
    Attachable: inputs.attachable === true,
    Ingress: inputs.ingress === true,
    EnableIPv6: inputs.ipv6 === true,
    IPAM: {
      Driver: String(inputs.ipamDriver),
      ...(Config.length > 0 && { Config }),
      ...(!isZero(inputs.ipamOptions) && { Options: stringMapOf(inputs.ipamOptions) }),
    },
    Options: stringMapOf(inputs.options),
    Labels: labelMap(inputs.labels),
  } as NetworkCreateOptions;
}

function outputsOf(network: NetworkInspectInfo): PropertyMap {
  const labels = Object.entries(network.Labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    id: network.Id,
    name: network.Name,
    driver: network.Driver,
    scope: network.Scope,
    internal: network.Internal,
    attachable: network.Attachable,
    ingress: network.Ingress,
    ipv6: network.EnableIPv6,
    options: network.Options ?? {},
    ipamDriver: network.IPAM?.Driver ?? "",
    ipamOptions: network.IPAM?.Options ?? {},
    ipamConfigs: (network.IPAM?.Config ?? []).map((config) => {
      const { Subnet, IPRange, Gateway, AuxAddress } = config as Record<string, string | undefined>;
      return {
        auxAddress: (AuxAddress as PropertyMap | undefined) ?? {},
        gateway: Gateway ?? "",
        ipRange: IPRange ?? "",
        subnet: Subnet ?? "",
      };
    }),
    labels: labels.map(([label, value]) => ({ label, value })),
  };
}
