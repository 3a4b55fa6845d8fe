import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Project as ProjectModel } from "../../config/project";
import { releaseOf } from "../../config/release";
import type { StackConfig } from "../../config/stack-config";
import { backupUnits } from "../../host/backup/backup-units";
import { sha256 } from "../../host/file-epoch";
import { layout } from "../../host/layout";
import type { GatewayRef, PlatformDescription, ProjectExpectation } from "../../host/requests";
import { Postgres } from "../database/postgres";
import { Gateway } from "../gateway/gateway";
import { gatewayConfig, siteConfig } from "../gateway/nginx-config";
import { Host } from "../host/host";
import { Project } from "../project/project";
import { Registry } from "../registry/registry";
import { registryAuth } from "../registry/registry-auth";
import { infrastructureName } from "./infrastructure";
import { labelList } from "./labels";
import type { StackSecrets } from "./stack-secrets";

export interface PlatformArgs {
  config: StackConfig;
  projects: ProjectModel[];
  secrets: pulumi.Output<StackSecrets>;
}

/** Where a project is and what serves there. */
export interface ProjectStatus {
  /** Of its first domain; "" without one. */
  url: string;
  /** "" while it is not deployed. */
  version: string;
  release: string;
}

/** Everything of a stack: one host with gateway, Postgres and registry, and the projects on it. */
export class Platform extends pulumi.ComponentResource {
  readonly gatewayUrl: pulumi.Output<string>;
  /** Each known when its traffic goes to its live release: after a failure the outputs tell of what still serves. */
  readonly projects: Record<string, pulumi.Output<ProjectStatus>>;

  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:platform:Platform", name, {}, opts);
    const { config, projects } = args;
    const passwords = args.secrets.apply(({ registries }) => registries);
    const host = new Host(
      `${name}-host`,
      {
        stack: config.stack,
        root: config.hostRoot,
        ssh: config.host,
        registryAuth: registryAuth(config, passwords),
      },
      { parent: this },
    );
    const expected = Object.fromEntries(projects.map((project) => [project.name, expectation(project, config)]));
    const nginxConfig = gatewayConfig({ drainSeconds: longestDrain(projects) });
    const observed = host.observe({
      stack: config.stack,
      configSha256: sha256(nginxConfig),
      projects: expected,
    });

    const { name: network } = new docker.Network(
      `${name}-network`,
      { name: `slipway-${config.stack}`, labels: labelList({ stack: config.stack }) },
      { parent: this, provider: host.provider },
    );
    const providers = { docker: host.provider };
    const registry = new Registry(`${name}-registry`, { config }, { parent: this, providers });
    const postgres = new Postgres(`${name}-postgres`, { config, network }, { parent: this, providers });
    const gateway = new Gateway(
      `${name}-gateway`,
      {
        config,
        host,
        folder: layout(config.hostRoot).gateway,
        network,
        nginxConfig,
        epoch: observed.gateway,
      },
      { parent: this, providers },
    );

    const description = host.command(
      `${name}-description`,
      {
        create: "describe-platform",
        update: "describe-platform",
        request: pulumi
          .all([gateway.reference, args.secrets, observed])
          .apply(([reference, secrets, { description: epoch }]) => ({
            ...platformDescription(config, reference, secrets),
            epoch,
          })),
      },
      { parent: this },
    );

    if (config.host) {
      const { schedule } = config.backup;
      host.command(
        `${name}-backup-timer`,
        {
          create: "backup-timer",
          update: "backup-timer",
          delete: "backup-timer-remove",
          request: { schedule, units: backupUnits(host.program, schedule) },
        },
        // Not before the host is known to be this stack's: it has one timer.
        { parent: this, dependsOn: [description] },
      );
    }

    const deployed = projects.map((project) => {
      const { settled } = new Project(
        project.name,
        {
          project,
          config,
          host,
          gateway,
          postgres: postgres.container,
          registry: registry.container,
          description,
          site: siteConfig(project),
          observed: observed.projects.apply((all) => all[project.name] as (typeof all)[string]),
          variables: args.secrets.apply(({ variables }) => variables[project.name] ?? {}),
          snapshots: args.secrets.apply(({ snapshots }) => snapshots[project.name] ?? {}),
        },
        { parent: this, providers },
      );
      const found = pulumi.all([gateway.reference, settled]).apply(([{ port }]) => status(project, config, port));
      return [project.name, found] as const;
    });

    this.gatewayUrl = gateway.reference.apply(({ address, port }) => urlOf(address, port));
    this.projects = Object.fromEntries(deployed);
    this.registerOutputs({ gatewayUrl: this.gatewayUrl, projects: this.projects });
  }
}

function expectation(project: ProjectModel, config: StackConfig): ProjectExpectation {
  return { release: liveRelease(project, config), siteSha256: sha256(siteConfig(project)) };
}

function liveRelease(project: ProjectModel, config: StackConfig): string {
  const live = config.releases[project.name]?.live;
  return live ? releaseOf(project, live, config.variables[project.name] ?? {}).id : "";
}

function status(project: ProjectModel, config: StackConfig, port: number): ProjectStatus {
  return {
    url: project.domains[0] ? urlOf(project.domains[0], port) : "",
    version: config.releases[project.name]?.live?.version ?? "",
    release: liveRelease(project, config),
  };
}

/** nginx has one limit for all. */
function longestDrain(projects: ProjectModel[]): number {
  return Math.max(0, ...projects.map(({ deploy }) => deploy.drainSeconds)) || 30;
}

function platformDescription(
  { stack, environment, registry, backup }: StackConfig,
  gateway: GatewayRef,
  { webhook, s3 }: StackSecrets,
): PlatformDescription {
  return {
    stack,
    environment,
    gateway,
    postgres: infrastructureName(stack, "postgres"),
    registry: infrastructureName(stack, "registry"),
    registryPort: registry.port,
    ...(webhook !== undefined && { webhook }),
    ...(backup.s3 && s3 && { s3: { ...backup.s3, ...s3 } }),
  };
}

function urlOf(host: string, port: number): string {
  return port === 80 ? `http://${host}` : `http://${host}:${port}`;
}
