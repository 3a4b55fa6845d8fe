import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { logOptions, TMPFS_OPTIONS } from "../../config/container-limits";
import type { ContainerSpec } from "../../config/project";
import { type Labels, labelList } from "../platform/labels";

/** Seconds between a stop signal and the kill. */
const STOP_SECONDS = 30;

/** What a container of a release, or an accessory, is made with, apart from image, environment and network. */
export function containerArgs(spec: ContainerSpec, labels: Labels): Omit<docker.ContainerArgs, "image"> {
  const { limits } = spec;
  return {
    labels: labelList(labels),
    ...(spec.command && { command: spec.command }),
    restart: "unless-stopped",
    memory: limits.memoryMiB,
    memorySwap: limits.memoryMiB,
    cpus: String(limits.cpus),
    securityOpts: ["no-new-privileges:true"],
    capabilities: { adds: spec.capabilities.map((name) => `CAP_${name}`), drops: ["ALL"] },
    readOnly: spec.readOnly,
    tmpfs: Object.fromEntries(writable(spec).map((path) => [path, TMPFS_OPTIONS])),
    logDriver: "json-file",
    logOpts: logOptions(limits),
    destroyGraceSeconds: STOP_SECONDS,
    stopTimeout: STOP_SECONDS,
    mustRun: true,
    ...(spec.health.command && {
      healthcheck: {
        tests: ["CMD", ...spec.health.command],
        interval: `${Math.max(1, Math.round(spec.health.intervalSeconds))}s`,
        timeout: `${spec.health.timeoutSeconds}s`,
        retries: 3,
      },
    }),
  };
}

/** A read-only root has a `/tmp` to write to, unless a volume is there. */
function writable({ readOnly, tmpfs, volumes }: ContainerSpec): string[] {
  const hasOwn = !readOnly || volumes.some(({ path }) => path === "/tmp");
  return [...(hasOwn ? [] : ["/tmp"]), ...tmpfs];
}

/** `volumes`: volume name in `projects.yml` to its name in Docker. */
export function mounts(spec: ContainerSpec, volumes: Record<string, pulumi.Input<string>>) {
  return spec.volumes.map(({ name, path }) => ({
    volumeName: volumes[name] as pulumi.Input<string>,
    containerPath: path,
  }));
}

export function envList(env: Record<string, string>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
