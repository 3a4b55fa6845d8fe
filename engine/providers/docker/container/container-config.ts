import type { ContainerCreateOptions, HostConfig, MountSettings } from "dockerode";
import { isObject, type PropertyMap, type PropertyValue } from "../../../property-value";
import { isZero, objectsOf, stringMapOf, stringsOf } from "../schema/schema";
import { duration } from "./duration";

const MEBIBYTE = 1024 * 1024;

/** What Docker's API wants to know of a container with these checked inputs. */
export function containerConfig(inputs: PropertyMap): ContainerCreateOptions {
  const ports = objectsOf(inputs.ports);
  const volumes = objectsOf(inputs.volumes).filter(({ containerPath }) => !isZero(containerPath));
  return withoutZeros({
    name: text(inputs.name),
    platform: text(inputs.platform),
    Image: text(inputs.image),
    Hostname: text(inputs.hostname),
    Domainname: text(inputs.domainname),
    User: text(inputs.user),
    WorkingDir: text(inputs.workingDir),
    Env: stringsOf(inputs.envs),
    Cmd: stringsOf(inputs.command),
    Entrypoint: stringsOf(inputs.entrypoints),
    Tty: inputs.tty === true,
    OpenStdin: inputs.stdinOpen === true,
    StopSignal: text(inputs.stopSignal),
    StopTimeout: number(inputs.stopTimeout),
    Labels: labelMap(inputs.labels),
    ExposedPorts: Object.fromEntries(ports.map((port) => [portKey(port), {}])),
    Volumes: Object.fromEntries(volumes.map(({ containerPath }) => [text(containerPath), {}])),
    Healthcheck: isObject(inputs.healthcheck) ? healthcheck(inputs.healthcheck) : undefined,
    HostConfig: hostConfig(inputs),
  });
}

/** What can be changed while a container lives; the rest is for the next one. */
export function updatableConfig(inputs: PropertyMap): Partial<HostConfig> {
  const swap = number(inputs.memorySwap) ?? 0;
  return {
    RestartPolicy: { Name: text(inputs.restart) ?? "no", MaximumRetryCount: number(inputs.maxRetryCount) ?? 0 },
    Memory: mebibytes(inputs.memory) ?? 0,
    MemoryReservation: mebibytes(inputs.memoryReservation) ?? 0,
    ...(swap !== 0 && { MemorySwap: swap > 0 ? swap * MEBIBYTE : swap }),
    CpuShares: number(inputs.cpuShares) ?? 0,
    CpusetCpus: text(inputs.cpuSet) ?? "",
    ...(isZero(inputs.cpus) && { CpuPeriod: number(inputs.cpuPeriod) ?? 0, CpuQuota: number(inputs.cpuQuota) ?? 0 }),
    BlkioDeviceReadBps: throttles(inputs.deviceReadBps),
    BlkioDeviceReadIOps: throttles(inputs.deviceReadIops),
    BlkioDeviceWriteBps: throttles(inputs.deviceWriteBps),
    BlkioDeviceWriteIOps: throttles(inputs.deviceWriteIops),
  };
}

/** With what the types of the API's client do not know yet. */
type FullHostConfig = HostConfig & { CgroupnsMode?: string };

function hostConfig(inputs: PropertyMap): FullHostConfig {
  const capabilities = isObject(inputs.capabilities) ? inputs.capabilities : {};
  const securityOpts = stringsOf(inputs.securityOpts);
  const unmasked = securityOpts.includes("systempaths=unconfined");
  return {
    ...withoutZeros({
      ...updatableConfig(inputs),
      Privileged: inputs.privileged === true,
      PublishAllPorts: inputs.publishAllPorts === true,
      AutoRemove: inputs.rm === true,
      ReadonlyRootfs: inputs.readOnly === true,
      Runtime: text(inputs.runtime),
      LogConfig: { Type: text(inputs.logDriver) ?? "", Config: stringMapOf(inputs.logOpts) },
      NetworkMode: text(inputs.networkMode),
      PidMode: text(inputs.pidMode),
      IpcMode: text(inputs.ipcMode),
      UsernsMode: text(inputs.usernsMode),
      CgroupnsMode: text(inputs.cgroupnsMode),
      CgroupParent: text(inputs.cgroupParent),
      GroupAdd: stringsOf(inputs.groupAdds),
      Sysctls: stringMapOf(inputs.sysctls),
      StorageOpt: stringMapOf(inputs.storageOpts),
      Tmpfs: stringMapOf(inputs.tmpfs),
      ShmSize: mebibytes(inputs.shmSize),
      NanoCpus: isZero(inputs.cpus) ? 0 : Math.round(Number(inputs.cpus) * 1e9),
      CapAdd: stringsOf(capabilities.adds),
      CapDrop: stringsOf(capabilities.drops),
      SecurityOpt: securityOpts.filter((option) => option !== "systempaths=unconfined"),
      Dns: stringsOf(inputs.dns),
      DnsOptions: stringsOf(inputs.dnsOpts),
      DnsSearch: stringsOf(inputs.dnsSearches),
      ExtraHosts: objectsOf(inputs.hosts).map(({ host, ip }) => `${host}:${ip}`),
      Ulimits: objectsOf(inputs.ulimits).map(({ name, soft, hard }) => ({
        Name: String(name),
        Soft: Number(soft),
        Hard: Number(hard),
      })),
      Devices: objectsOf(inputs.devices).map(({ hostPath, containerPath, permissions }) => ({
        PathOnHost: String(hostPath),
        PathInContainer: String(containerPath || hostPath),
        CgroupPermissions: String(permissions),
      })),
      PortBindings: portBindings(inputs.ports),
      Binds: binds(inputs.volumes),
      VolumesFrom: objectsOf(inputs.volumes).flatMap(({ fromContainer }) => text(fromContainer) ?? []),
      Mounts: objectsOf(inputs.mounts).map(mount),
    }),
    ...(unmasked && { MaskedPaths: [], ReadonlyPaths: [] }),
    // Said also when it is false: else it would be the default of the engine.
    Init: inputs.init === true,
  };
}

function healthcheck(check: PropertyMap): ContainerCreateOptions["Healthcheck"] {
  const span = (key: string) => duration(String(check[key] ?? "")) ?? 0;
  const config = {
    Test: stringsOf(check.tests),
    Interval: span("interval"),
    Timeout: span("timeout"),
    StartPeriod: span("startPeriod"),
    StartInterval: span("startInterval"),
    Retries: number(check.retries) ?? 0,
  };
  return withoutZeros(config);
}

function portBindings(value: PropertyValue | undefined): HostConfig["PortBindings"] {
  const bindings: Record<string, { HostIp?: string; HostPort?: string }[]> = {};
  for (const port of objectsOf(value)) {
    const key = portKey(port);
    bindings[key] ??= [];
    bindings[key].push({ HostIp: text(port.ip) ?? "", HostPort: isZero(port.external) ? "" : String(port.external) });
  }
  return bindings;
}

function portKey({ internal, protocol }: PropertyMap): string {
  return `${internal}/${protocol ?? "tcp"}`;
}

function binds(value: PropertyValue | undefined): string[] {
  return objectsOf(value).flatMap(({ hostPath, volumeName, containerPath, readOnly, selinuxRelabel }) => {
    const source = text(hostPath) ?? text(volumeName);
    if (!source) return [];
    const options = [readOnly === true ? "ro" : "rw", ...(text(selinuxRelabel) ? [String(selinuxRelabel)] : [])];
    return `${source}:${containerPath}:${options.join(",")}`;
  });
}

function mount({ type, target, source, readOnly, ...options }: PropertyMap): MountSettings {
  const of = (key: string) => (isObject(options[key]) ? options[key] : {});
  const [bind, volume, tmpfs] = [of("bindOptions"), of("volumeOptions"), of("tmpfsOptions")];
  const settings = {
    Type: String(type),
    Target: String(target),
    Source: text(source) ?? "",
    ReadOnly: readOnly === true,
    BindOptions: isZero(bind) ? undefined : { Propagation: text(bind.propagation) },
    VolumeOptions: isZero(volume)
      ? undefined
      : withoutZeros({
          NoCopy: volume.noCopy === true,
          Labels: labelMap(volume.labels),
          DriverConfig: { Name: text(volume.driverName) ?? "", Options: stringMapOf(volume.driverOptions) },
          Subpath: text(volume.subpath),
        }),
    TmpfsOptions: isZero(tmpfs)
      ? undefined
      : withoutZeros({ SizeBytes: number(tmpfs.sizeBytes), Mode: number(tmpfs.mode) }),
  };
  return settings as MountSettings;
}

function throttles(value: PropertyValue | undefined): { Path: string; Rate: number }[] {
  return objectsOf(value).map(({ path, rate }) => ({ Path: String(path), Rate: Number(rate) }));
}

export function labelMap(value: PropertyValue | undefined): Record<string, string> {
  return Object.fromEntries(objectsOf(value).map(({ label, value }) => [String(label), String(value)]));
}

function mebibytes(value: PropertyValue | undefined): number | undefined {
  const count = number(value);
  return count === undefined ? undefined : count * MEBIBYTE;
}

function number(value: PropertyValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function text(value: PropertyValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Leaves out what says nothing, so that the engine's and the image's own defaults hold. */
function withoutZeros<T extends object>(config: T): T {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => !isZero(value))) as T;
}
