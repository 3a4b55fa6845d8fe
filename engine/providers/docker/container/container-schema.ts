import type { PropertyValue } from "../../../property-value";
import { type Field, objectsOf, type Schema } from "../schema/schema";
import { duration } from "./duration";

const text = (more: Partial<Field> = {}): Field => ({ kind: "string", ...more });
const integer = (more: Partial<Field> = {}): Field => ({ kind: "integer", ...more });
const flag = (more: Partial<Field> = {}): Field => ({ kind: "boolean", ...more });
const replace = { replace: true } as const;
const computed = { computed: true, replace: true } as const;

const span = (): Field =>
  text({
    default: "0s",
    canonical: (value) => duration(String(value)) ?? value,
    refuse: (value) => (duration(String(value)) === undefined ? 'must be a duration such as "1m30s"' : undefined),
  });

const throttle = (): Field => ({
  kind: "objectSet",
  fields: { path: text({ required: true }), rate: integer({ required: true }) },
});

const onlyFalse = (what: string): Field =>
  flag({
    default: false,
    refuse: (value) => (value === true ? `${what}; use Pulumi's CLI for this` : undefined),
  });

/** Properties of `docker:index/container:Container`, as @pulumi/docker 5.2.0 has them, but for GPUs. */
export const CONTAINER_SCHEMA: Schema = {
  attach: onlyFalse("waits for the container to end, which the embedded engine does not do"),
  bridge: text({ output: true }),
  capabilities: {
    kind: "object",
    ...replace,
    fields: { adds: { kind: "set", canonical: capability }, drops: { kind: "set", canonical: capability } },
  },
  cgroupParent: text(replace),
  cgroupnsMode: text(replace),
  command: { kind: "list", ...computed },
  containerLogs: text({ output: true }),
  /** Kept for Pulumi's plugin; this engine reads a container without waiting. */
  containerReadRefreshTimeoutMilliseconds: integer({ default: 15_000 }),
  cpuPeriod: integer(),
  cpuQuota: integer(),
  cpuSet: text(),
  cpuShares: integer(),
  cpus: text({
    ...replace,
    canonical: (value) => Number(value),
    refuse: (value) => (Number(value) > 0 ? undefined : 'must be a number of CPUs such as "1.5"'),
  }),
  destroyGraceSeconds: integer(),
  deviceReadBps: throttle(),
  deviceReadIops: throttle(),
  deviceRequests: { kind: "objectSet", output: true },
  deviceWriteBps: throttle(),
  deviceWriteIops: throttle(),
  devices: {
    kind: "objectSet",
    ...replace,
    fields: { containerPath: text(), hostPath: text({ required: true }), permissions: text({ default: "rwm" }) },
  },
  dns: { kind: "set", ...replace },
  dnsOpts: { kind: "set", ...replace },
  dnsSearches: { kind: "set", ...replace },
  domainname: text(replace),
  entrypoints: { kind: "list", ...computed },
  envs: { kind: "set", ...computed },
  exitCode: integer({ output: true }),
  gpus: text({ output: true }),
  groupAdds: { kind: "set", ...replace },
  healthcheck: {
    kind: "object",
    computed: true,
    fields: {
      interval: span(),
      retries: integer({ default: 0 }),
      startInterval: span(),
      startPeriod: span(),
      tests: { kind: "list" },
      timeout: span(),
    },
  },
  hostname: text(computed),
  hosts: { kind: "objectSet", ...replace, fields: { host: text({ required: true }), ip: text({ required: true }) } },
  image: text({ ...replace, required: true }),
  init: flag({ computed: true }),
  ipcMode: text(computed),
  labels: {
    kind: "objectSet",
    ...computed,
    fields: { label: text({ required: true }), value: text({ required: true }) },
  },
  logDriver: text(computed),
  logOpts: { kind: "map", ...replace },
  logs: onlyFalse("keeps the log in the state, which the embedded engine does not do"),
  maxRetryCount: integer(),
  memory: integer(),
  memoryReservation: integer({ default: 0 }),
  memorySwap: integer({ sticky: true }),
  mounts: {
    kind: "objectSet",
    ...replace,
    fields: {
      bindOptions: { kind: "object", fields: { propagation: text() } },
      readOnly: flag(),
      source: text(),
      target: text({ required: true }),
      tmpfsOptions: { kind: "object", fields: { mode: integer(), sizeBytes: integer() } },
      type: text({ required: true, refuse: oneOf("bind", "volume", "tmpfs") }),
      volumeOptions: {
        kind: "object",
        fields: {
          driverName: text(),
          driverOptions: { kind: "map" },
          labels: { kind: "objectSet", fields: { label: text({ required: true }), value: text({ required: true }) } },
          noCopy: flag(),
          subpath: text(),
        },
      },
    },
  },
  mustRun: flag({ default: true }),
  name: text(replace),
  networkDatas: {
    kind: "objectList",
    output: true,
    fields: {
      gateway: text(),
      globalIpv6Address: text(),
      globalIpv6PrefixLength: integer(),
      ipAddress: text(),
      ipPrefixLength: integer(),
      ipv6Gateway: text(),
      macAddress: text(),
      networkName: text(),
    },
  },
  networkMode: text({ ...replace, default: "bridge" }),
  networksAdvanced: {
    kind: "objectSet",
    ...replace,
    fields: {
      aliases: { kind: "set" },
      driverOpts: { kind: "set" },
      gwPriority: integer(),
      ipv4Address: text(),
      ipv6Address: text(),
      linkLocalIps: { kind: "set" },
      macAddress: text(),
      name: text({ required: true }),
    },
  },
  pidMode: text(replace),
  platform: text(computed),
  ports: {
    kind: "objectSet",
    ...replace,
    fields: {
      external: integer({ computed: true }),
      internal: integer({ required: true }),
      ip: text({ default: "0.0.0.0" }),
      protocol: text({ default: "tcp" }),
    },
  },
  privileged: flag(replace),
  publishAllPorts: flag(replace),
  readOnly: flag({ ...replace, default: false }),
  removeVolumes: flag({ default: true }),
  restart: text({ default: "no", refuse: oneOf("no", "on-failure", "always", "unless-stopped") }),
  rm: flag({ default: false }),
  runtime: text(computed),
  securityOpts: { kind: "set", ...computed },
  shmSize: integer(computed),
  start: flag({ default: true }),
  stdinOpen: flag({ ...replace, default: false }),
  stopSignal: text(computed),
  stopTimeout: integer(computed),
  storageOpts: { kind: "map", ...replace },
  sysctls: { kind: "map", ...replace },
  tmpfs: { kind: "map" },
  tty: flag({ ...replace, default: false }),
  ulimits: {
    kind: "objectSet",
    ...replace,
    fields: { hard: integer({ required: true }), name: text({ required: true }), soft: integer({ required: true }) },
  },
  uploads: {
    kind: "objectSet",
    ...replace,
    refuse: (value) =>
      objectsOf(value).every(({ content, contentBase64, source }) => count(content, contentBase64, source) === 1)
        ? undefined
        : "must each have one of content, contentBase64 and source",
    fields: {
      content: text(),
      contentBase64: text(),
      executable: flag({ default: false }),
      file: text({ required: true }),
      permissions: text({
        refuse: (value) => (/^0[0-7]{3}$/.test(String(value)) ? undefined : 'must be octal, such as "0644"'),
      }),
      source: text(),
      sourceHash: text(),
    },
  },
  user: text({ ...replace, sticky: true }),
  usernsMode: text(replace),
  volumes: {
    kind: "objectSet",
    ...replace,
    refuse: (value) =>
      objectsOf(value).every(({ containerPath, fromContainer }) => count(containerPath, fromContainer) === 1)
        ? undefined
        : "must each have one of containerPath and fromContainer",
    fields: {
      containerPath: text(),
      fromContainer: text(),
      hostPath: text(),
      readOnly: flag(),
      selinuxRelabel: text({ refuse: oneOf("z", "Z") }),
      volumeName: text(),
    },
  },
  wait: flag({ default: false }),
  waitTimeout: integer({ default: 60 }),
  workingDir: text({ ...replace, sticky: true }),
};

/** Docker lists capabilities by their full names, whatever it was told. */
export function capability(value: PropertyValue): string {
  const name = String(value).toUpperCase();
  return name === "ALL" || name.startsWith("CAP_") ? name : `CAP_${name}`;
}

function oneOf(...allowed: string[]): Field["refuse"] {
  return (value) => (allowed.includes(String(value)) ? undefined : `must be one of ${allowed.join(", ")}`);
}

function count(...values: (PropertyValue | undefined)[]): number {
  return values.filter((value) => value !== undefined && value !== null && value !== "").length;
}
