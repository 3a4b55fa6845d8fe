import type * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Project as ProjectModel } from "../../config/project";
import { releaseId } from "../../config/release-id";
import type { ReleaseConfig, StackConfig } from "../../config/stack-config";
import type { ProjectObservation } from "../../host/observe";
import type { Gateway } from "../gateway/gateway";
import { routesConfig } from "../gateway/nginx-config";
import type { Host } from "../host/host";
import { labelList, labelMap } from "../platform/labels";
import { Release } from "../release/release";
import { deployPlan } from "./deploy-plan";
import { POSTGRES_HOST, ProjectDatabase } from "./project-database";

/** Longest wait for requests of the old configuration, in seconds; the gateway closes what is older. */
const DRAIN_SECONDS = 30;

export interface ProjectArgs {
  project: ProjectModel;
  config: StackConfig;
  host: Host;
  gateway: Gateway;
  postgres: docker.Container;
  registry: docker.Container;
  /** The project's own gateway file. */
  site: string;
  observed: pulumi.Output<ProjectObservation>;
  /** Values from the stack's configuration, decrypted. */
  variables: pulumi.Input<Record<string, string>>;
}

/** A tenant: its network, database, volumes and gateway file, and its live release. */
export class Project extends pulumi.ComponentResource {
  /** Known when traffic goes to the live release. */
  readonly settled: pulumi.Output<string>;
  private readonly network: docker.Network;
  private readonly attachment: pulumi.Resource;
  private readonly database?: ProjectDatabase;
  private readonly volumes: Record<string, pulumi.Output<string>>;

  constructor(
    private readonly name: string,
    private readonly args: ProjectArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("slipway:project:Project", name, {}, opts);
    this.network = this.createNetwork();
    this.attachment = this.attach();
    this.database = args.project.database === "shared" ? this.createDatabase() : undefined;
    this.volumes = this.createVolumes();
    const live = args.config.releases[name]?.live;
    this.settled = live ? this.deploy(live).id : pulumi.output("");
    this.registerOutputs({});
  }

  private get deletesData(): boolean {
    return this.args.config.deleteData.includes(this.name);
  }

  private createNetwork(): docker.Network {
    const { stack } = this.args.config;
    return new docker.Network(
      `${this.name}-network`,
      { name: `slipway-${stack}-${this.name}`, labels: labelList({ stack, project: this.name }) },
      { parent: this },
    );
  }

  /** Connects the gateway and Postgres to the network, so that no declaration of theirs names a project. */
  private attach(): pulumi.Resource {
    const { host, gateway, postgres, site, observed, project } = this.args;
    const members = [
      { id: gateway.container.id, aliases: ["gateway"] },
      ...(project.database === "shared" ? [{ id: postgres.id, aliases: [POSTGRES_HOST] }] : []),
    ];
    return host.command(
      `${this.name}-attachment`,
      {
        create: "attach",
        update: "attach",
        delete: "detach",
        request: {
          project: this.name,
          network: this.network.name,
          gateway: gateway.reference,
          members,
          site,
          epoch: observed.site,
        },
      },
      { parent: this },
    );
  }

  private createDatabase(): ProjectDatabase {
    const { host, postgres } = this.args;
    return new ProjectDatabase(
      `${this.name}-database`,
      { project: this.name, host, postgres: postgres.id, deleteData: this.deletesData },
      { parent: this },
    );
  }

  private createVolumes(): Record<string, pulumi.Output<string>> {
    const { stack } = this.args.config;
    const names = new Set(this.args.project.containers.flatMap(({ volumes }) => volumes.map(({ name }) => name)));
    const entries = [...names].map((name) => {
      const volume = new docker.Volume(
        `${this.name}-${name}-volume`,
        { name: `slipway-${stack}-${this.name}-${name}`, labels: labelList({ stack, project: this.name }) },
        { parent: this, retainOnDelete: !this.deletesData },
      );
      return [name, volume.name] as const;
    });
    return Object.fromEntries(entries);
  }

  /** The deploy as resources: pull, migrate, start beside the old release, rollout; the old one goes last. */
  private deploy(config: ReleaseConfig): command.local.Command {
    const { project, host, gateway, observed, registry } = this.args;
    const { stack, variables } = this.args.config;
    const id = releaseId(project, config, variables[this.name] ?? {});
    this.announce(id, config);

    const release = new Release(
      `${this.name}-${id}`,
      {
        stack,
        project: this.name,
        release: id,
        config,
        containers: project.containers,
        host,
        network: this.network.name,
        volumes: this.volumes,
        env: this.environment(),
        gateway: gateway.reference,
        drainSeconds: DRAIN_SECONDS,
        beforePull: [registry],
        beforeStart: [this.attachment, ...(this.database ? [this.database.ready] : [])],
        migrate: (images) => this.migrate(id, config, images),
      },
      { parent: this },
    );

    const rollout = host.command(
      `${this.name}-rollout`,
      {
        create: "rollout",
        update: "rollout",
        request: {
          project: this.name,
          release: id,
          version: config.version,
          epoch: observed.rollout,
          network: this.network.name,
          labels: labelMap({ stack, project: this.name, release: id }),
          containers: release.containers,
          smokeTests: project.smokeTests,
          gateway: gateway.reference,
          ...(project.domains[0] && { host: project.domains[0] }),
          routes: release.containers.apply((containers) =>
            routesConfig(project, id, Object.fromEntries(containers.map(({ service, name }) => [service, name]))),
          ),
        },
        triggers: [id, observed.rollout, release.containers.apply((containers) => containers.map(({ name }) => name))],
      },
      { parent: this, dependsOn: [release.retire] },
    );

    host.command(
      `${this.name}-route`,
      { delete: "unroute", request: { project: this.name, gateway: gateway.reference } },
      { parent: this, dependsOn: [rollout] },
    );
    return rollout;
  }

  private migrate(id: string, config: ReleaseConfig, images: Record<string, pulumi.Output<string>>): pulumi.Resource[] {
    const { project, host, observed } = this.args;
    const { migrations } = project;
    if (!migrations) return [];
    const service = migrations.container;
    const command = host.command(
      `${this.name}-migrate`,
      {
        create: "migrate",
        request: {
          project: this.name,
          release: id,
          version: config.version,
          image: images[service],
          network: this.network.name,
          env: this.environment(),
          labels: labelMap({ stack: this.args.config.stack, project: this.name, service: "migrate", release: id }),
          upgrade: migrations.upgrade,
          current: migrations.current,
          timeoutSeconds: migrations.timeoutSeconds,
          memoryMiB: project.containers.find(({ name }) => name === service)?.limits.memoryMiB,
        },
        triggers: [id, observed.rollout],
      },
      { parent: this, dependsOn: [this.attachment, ...(this.database ? [this.database.ready] : [])] },
    );
    return [command];
  }

  /** The stack's configuration wins over the defaults of `projects.yml`. */
  private environment(): pulumi.Output<Record<string, string>> {
    const { project, variables } = this.args;
    return pulumi.all([variables, this.database?.url]).apply(
      ([configured, url]): Record<string, string> => ({
        ...project.variables.defaults,
        ...(url !== undefined && { DATABASE_URL: url }),
        ...configured,
      }),
    );
  }

  private announce(id: string, config: ReleaseConfig): void {
    if (!pulumi.runtime.isDryRun()) return;
    this.args.observed.apply(({ live }) => {
      const plan = deployPlan(this.args.project, id, config, live);
      if (plan.length > 0) void pulumi.log.info(plan.join("\n"), this);
    });
  }
}
