import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../../config/stack-config";
import type { GatewayRef } from "../../host/requests";
import type { Host } from "../host/host";
import { infrastructureContainer, infrastructureName } from "../platform/infrastructure";
import { GATEWAY_PORT } from "./gateway-port";

/** Name of the gateway in every project's network. */
export const GATEWAY_HOST = "gateway";

/**
 * What nginx's master does as root: it gives its workers a user of their own, with their folders, signals them, and reads
 * the configuration whoever wrote it. Its root stays writable: bodies and answers that are too large for memory go there.
 */
const CAPABILITIES = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_KILL", "CAP_SETGID", "CAP_SETUID"];

export interface GatewayArgs {
  config: StackConfig;
  host: Host;
  /** Absolute folder of the configuration on the host, see `host/generation.ts`. */
  folder: string;
  network: pulumi.Input<string>;
  /** `nginx.conf`. */
  nginxConfig: string;
  /** Of the host's observation; a new number writes the file again. */
  epoch: pulumi.Input<number>;
}

/** The public door of a host: one nginx that sends each project's domains to its live release. */
export class Gateway extends pulumi.ComponentResource {
  readonly container: docker.Container;
  /** Depend on it to come after the gateway is healthy. */
  readonly ready: pulumi.Resource;
  /** How commands of the host program reach it: where it is published, though the configuration may say otherwise by now. */
  readonly reference: pulumi.Output<GatewayRef>;

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:gateway:Gateway", name, {}, opts);
    const { stack, gateway, images, infrastructure } = args.config;
    const wanted = { container: infrastructureName(stack, "gateway"), address: gateway.address, port: gateway.port };

    const config = args.host.command(
      `${name}-config`,
      {
        create: "gateway",
        update: "gateway",
        request: { gateway: wanted, config: args.nginxConfig, epoch: args.epoch },
      },
      { parent: this },
    );

    this.container = infrastructureContainer(
      {
        stack,
        service: "gateway",
        infrastructure,
        image: images.gateway,
        networksAdvanced: [{ name: args.network }],
        ports: [{ internal: GATEWAY_PORT, external: gateway.port, ip: gateway.address }],
        volumes: [{ hostPath: args.folder, containerPath: "/etc/slipway/gateway", readOnly: true }],
        healthcheck: { tests: ["CMD", "/healthcheck"], interval: "1s", timeout: "5s", retries: 30 },
        memory: 512,
        capabilities: { adds: CAPABILITIES, drops: ["ALL"] },
        destroyGraceSeconds: 30,
        stopTimeout: 30,
        // `ready` waits, and makes it serve meanwhile.
        wait: false,
      },
      { parent: this, dependsOn: [config] },
    );
    this.reference = this.container.ports.apply((ports): GatewayRef => {
      const { ip, external } = ports?.find(({ internal }) => internal === GATEWAY_PORT) ?? {};
      return { ...wanted, address: ip ?? wanted.address, port: external ?? wanted.port };
    });
    this.ready = args.host.command(
      `${name}-ready`,
      {
        create: "gateway-ready",
        request: { id: this.container.id, aliases: [GATEWAY_HOST] },
        triggers: [this.container.id],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
