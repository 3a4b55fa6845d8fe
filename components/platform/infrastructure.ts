import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../../config/stack-config";
import { labelList } from "./labels";

/** Size of a log file of a platform container and how many are kept. */
const LOG_OPTIONS = { "max-size": "10m", "max-file": "3" };

/** What the containers of the platform itself have in common. */
export interface InfrastructureArgs extends Omit<docker.ContainerArgs, "name" | "labels" | "restart"> {
  stack: string;
  service: string;
  infrastructure: StackConfig["infrastructure"];
}

/** Docker's name. */
export function infrastructureName(stack: string, service: string): string {
  return `slipway-${stack}-${service}`;
}

/**
 * A container that every project shares. An application deploy never replaces it: its inputs are held as they are
 * until the stack's configuration says `slipway:infrastructure: apply`.
 */
export function infrastructureContainer(
  args: InfrastructureArgs,
  opts: pulumi.CustomResourceOptions,
): docker.Container {
  const { stack, service, infrastructure, ...own } = args;
  const inputs: docker.ContainerArgs = {
    name: infrastructureName(stack, service),
    labels: labelList({ stack, service }),
    restart: "unless-stopped",
    logDriver: "json-file",
    logOpts: LOG_OPTIONS,
    securityOpts: ["no-new-privileges:true"],
    capabilities: { drops: ["ALL"] },
    wait: true,
    ...own,
  };
  const held = infrastructure === "hold" ? { ignoreChanges: Object.keys(inputs) } : {};
  const container = new docker.Container(`${stack}-${service}`, inputs, {
    ...opts,
    ...held,
    deleteBeforeReplace: true,
  });
  if (infrastructure === "hold" && pulumi.runtime.isDryRun()) announceWaiting(container, inputs);
  return container;
}

/** A container that is held has the outputs of what runs. */
function announceWaiting(container: docker.Container, wanted: docker.ContainerArgs): void {
  const { image, memory, ports, capabilities, readOnly } = container;
  pulumi.all([{ image, memory, ports, capabilities, readOnly }, wanted]).apply(([now, inputs]) => {
    const { image, memory, ports } = now;
    const changes = [
      ...(image === inputs.image ? [] : ["a new image"]),
      ...(memory === inputs.memory ? [] : ["other limits"]),
      ...(privileges(now) === privileges(inputs) ? [] : ["other privileges"]),
      ...(published(ports) === published(inputs.ports) ? [] : [`other ports (${published(inputs.ports)})`]),
    ];
    if (changes.length === 0) return;
    const text = `${inputs.name}: ${changes.join(" and ")} held back; slipway:infrastructure: apply makes the change`;
    void pulumi.log.info(text, container);
  });
}

/** What its root and its capabilities let it do. */
function privileges({ capabilities, readOnly }: Pick<Privileged, "capabilities" | "readOnly">): string {
  const { adds = [], drops = [] } = capabilities ?? {};
  return JSON.stringify([adds, drops, readOnly ?? false]);
}

interface Privileged {
  capabilities?: { adds?: string[]; drops?: string[] };
  readOnly?: boolean;
}

/** As Docker's command line takes them. */
function published(ports: { ip?: string; external?: number; internal?: number }[] | undefined): string {
  return (ports ?? []).map(({ ip = "", external, internal }) => `${ip}:${external}:${internal}`).join(", ");
}
