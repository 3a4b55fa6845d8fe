import type { ContainerInspectInfo } from "dockerode";
import type { PropertyMap, PropertyValue } from "../../../property-value";
import { isSame } from "../schema/same-value";
import { isKnown, isZero, objectsOf } from "../schema/schema";
import { CONTAINER_SCHEMA } from "./container-schema";
import { durationText } from "./duration";

const MEBIBYTE = 1024 * 1024;

/** What Docker's API tells and the types of its client do not know yet. */
type Inspected = ContainerInspectInfo & {
  HostConfig: { [key: string]: unknown };
  Config: { StopSignal?: string; StopTimeout?: number };
  NetworkSettings: { Bridge?: string };
};

/**
 * The outputs of a container that was inspected, over the planned ones. What Docker merely writes otherwise than it was
 * told (`NET_RAW` for `CAP_NET_RAW`, `1m` for `1m0s`) stays as it was told: it is no change. Environment variables,
 * labels, volumes and uploads stay as planned too: an image's own would look like changes.
 */
export function containerOutputs(planned: PropertyMap, inspected: ContainerInspectInfo): PropertyMap {
  const outputs = { ...planned };
  for (const [key, value] of Object.entries(inspectedProperties(planned, inspected))) {
    const field = CONTAINER_SCHEMA[key];
    const isUnchanged = field && planned[key] !== null && !isZero(value) && isSame(field, value, planned[key]);
    if (!isUnchanged && !(isEmpty(value) && planned[key] === null)) outputs[key] = value;
  }
  return Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, isKnown(value) ? value : null]));
}

/** The same at a refresh, with empty collections where a creation leaves them out, as Pulumi's plugin has it. */
export function refreshedOutputs(outputs: PropertyMap, inspected: ContainerInspectInfo): PropertyMap {
  const refreshed = containerOutputs(outputs, inspected);
  for (const [key, value] of Object.entries(inspectedProperties(outputs, inspected))) {
    if (refreshed[key] === null && isEmpty(value)) refreshed[key] = value;
  }
  refreshed.networksAdvanced = filledIn(refreshed.networksAdvanced, { gwPriority: 0 });
  refreshed.volumes = filledIn(refreshed.volumes, { readOnly: false });
  return refreshed;
}

function inspectedProperties(asked: PropertyMap, inspected: ContainerInspectInfo): PropertyMap {
  const { Id, Config, HostConfig: host, State, ...info } = inspected as Inspected;
  const mayLackPorts = !State.Running && asked.mustRun === false;
  return withoutUndefined({
    id: Id,
    name: info.Name.replace(/^\//, ""),
    image: String(asked.image).startsWith("sha256:") ? info.Image : Config.Image,
    bridge: info.NetworkSettings.Bridge ?? "",
    networkDatas: networkDatas(info.NetworkSettings.Networks),
    ports:
      isZero(asked.ports) || mayLackPorts
        ? undefined
        : ports({ ...(State.Running && (host.PortBindings as Bindings)), ...published(info.NetworkSettings.Ports) }),
    exitCode: State.Running ? undefined : State.ExitCode,
    mustRun: !State.Running && asked.mustRun === true ? false : undefined,
    rm: host.AutoRemove ?? false,
    readOnly: host.ReadonlyRootfs ?? false,
    hostname: Config.Hostname,
    domainname: Config.Domainname,
    command: Config.Cmd ?? [],
    entrypoints: listOf(Config.Entrypoint),
    user: Config.User,
    workingDir: Config.WorkingDir,
    tty: Config.Tty,
    stdinOpen: Config.OpenStdin,
    stopSignal: Config.StopSignal ?? "",
    stopTimeout: Config.StopTimeout ?? 0,
    healthcheck: healthcheck(Config.Healthcheck as HealthConfig | undefined),
    dns: sorted(host.Dns),
    dnsOpts: sorted(host.DnsOptions),
    dnsSearches: sorted(host.DnsSearch),
    groupAdds: sorted(host.GroupAdd),
    securityOpts: sorted(host.SecurityOpt),
    publishAllPorts: host.PublishAllPorts ?? false,
    privileged: host.Privileged ?? false,
    restart: host.RestartPolicy?.Name ?? "",
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    init: host.Init ?? false,
    capabilities:
      isZero(host.CapAdd) && isZero(host.CapDrop)
        ? undefined
        : { adds: sorted(host.CapAdd), drops: sorted(host.CapDrop) },
    runtime: (host.Runtime as string | undefined) ?? "",
    platform: info.Platform,
    tmpfs: (host.Tmpfs as PropertyMap | undefined) ?? {},
    sysctls: (host.Sysctls as PropertyMap | undefined) ?? {},
    storageOpts: (host.StorageOpt as PropertyMap | undefined) ?? {},
    ipcMode: host.IpcMode ?? "",
    usernsMode: host.UsernsMode ?? "",
    networkMode: host.NetworkMode ?? "",
    hosts: (host.ExtraHosts as string[] | null | undefined)?.map(extraHost) ?? [],
    memory: mebibytes(host.Memory),
    memoryReservation: mebibytes(host.MemoryReservation),
    // Docker doubles the memory where nothing is asked for; that is no change either.
    memorySwap: isZero(asked.memorySwap) ? undefined : mebibytes(host.MemorySwap),
    shmSize: mebibytes(host.ShmSize),
    cpus: host.NanoCpus ? String(host.NanoCpus / 1e9) : undefined,
    cpuShares: host.CpuShares ?? 0,
    cpuSet: host.CpusetCpus ?? "",
    logDriver: host.LogConfig?.Type ?? "",
    logOpts: isZero(asked.logOpts) ? undefined : (host.LogConfig?.Config as PropertyMap),
    deviceReadBps: throttles(host.BlkioDeviceReadBps),
    deviceReadIops: throttles(host.BlkioDeviceReadIOps),
    deviceWriteBps: throttles(host.BlkioDeviceWriteBps),
    deviceWriteIops: throttles(host.BlkioDeviceWriteIOps),
  });
}

type HealthConfig = {
  Test?: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  StartInterval?: number;
  Retries?: number;
};

function healthcheck(config: HealthConfig | undefined): PropertyMap | undefined {
  if (!config) return undefined;
  return {
    interval: durationText(config.Interval ?? 0),
    retries: config.Retries ?? 0,
    startInterval: durationText(config.StartInterval ?? 0),
    startPeriod: durationText(config.StartPeriod ?? 0),
    tests: config.Test ?? [],
    timeout: durationText(config.Timeout ?? 0),
  };
}

function networkDatas(networks: ContainerInspectInfo["NetworkSettings"]["Networks"]): PropertyValue {
  return Object.entries(networks ?? {}).map(([networkName, network]) => ({
    gateway: network.Gateway,
    globalIpv6Address: network.GlobalIPv6Address,
    globalIpv6PrefixLength: network.GlobalIPv6PrefixLen,
    ipAddress: network.IPAddress,
    ipPrefixLength: network.IPPrefixLen,
    ipv6Gateway: network.IPv6Gateway,
    macAddress: network.MacAddress,
    networkName,
  }));
}

type Bindings = Record<string, { HostIp: string; HostPort: string }[] | null>;

/** A container on an internal network publishes nothing, whatever it asks for: that is no change. */
function published(bindings: Bindings | null | undefined): Bindings {
  return Object.fromEntries(Object.entries(bindings ?? {}).filter(([, hosts]) => hosts?.length));
}

function ports(bindings: Bindings): PropertyValue {
  return Object.entries(bindings)
    .map(([key, hosts]) => ({ internal: Number.parseInt(key, 10), protocol: key.split("/")[1] ?? "tcp", hosts }))
    .sort((a, b) => a.internal - b.internal)
    .flatMap(({ internal, protocol, hosts }) =>
      (hosts ?? []).map(({ HostIp, HostPort }) => ({ external: Number(HostPort), internal, ip: HostIp, protocol })),
    );
}

function extraHost(entry: string): PropertyMap {
  const [host, ...ip] = entry.split(":");
  return { host: host ?? "", ip: ip.join(":") };
}

function throttles(devices: unknown): PropertyValue {
  return ((devices ?? []) as { Path: string; Rate: number }[]).map(({ Path, Rate }) => ({ path: Path, rate: Rate }));
}

function filledIn(value: PropertyValue | undefined, defaults: PropertyMap): PropertyValue {
  return objectsOf(value).map((entry) => ({
    ...entry,
    ...Object.fromEntries(Object.entries(defaults).filter(([key]) => entry[key] === null)),
  }));
}

function mebibytes(bytes: number | undefined): number {
  return bytes !== undefined && bytes > 0 ? bytes / MEBIBYTE : (bytes ?? 0);
}

function listOf(value: string | string[] | undefined | null): string[] {
  return typeof value === "string" ? [value] : (value ?? []);
}

function sorted(values: unknown): string[] {
  return [...((values as string[] | null | undefined) ?? [])].sort();
}

function isEmpty(value: PropertyValue): boolean {
  return isZero(value) && typeof value === "object";
}

function withoutUndefined(map: Record<string, PropertyValue | undefined>): PropertyMap {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as PropertyMap;
}
