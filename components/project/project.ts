import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { BackupSettings, ContainerSpec, Project as ProjectModel } from "../../config/project";
import { type Release as ReleaseModel, releaseOf } from "../../config/release";
import type { ReleaseConfig, StackConfig } from "../../config/stack-config";
import type { ProjectObservation } from "../../host/observe";
import { Accessory, accessoryRef } from "../accessory/accessory";
import { PreDeployBackup } from "../backup/pre-deploy-backup";
import { GATEWAY_HOST, type Gateway } from "../gateway/gateway";
import { routesConfig } from "../gateway/nginx-config";
import type { Host } from "../host/host";
import { dataVolume } from "../platform/data-volume";
import { labelList, labelMap } from "../platform/labels";
import type { Variables } from "../platform/stack-secrets";
import { Release, type ReleaseArgs } from "../release/release";
import { PreparedRestore } from "../restore/prepared-restore";
import { Rollout } from "../rollout/rollout";
import { deployPlan, pendingText } from "./deploy-plan";
import { databaseName, POSTGRES_HOST, ProjectDatabase } from "./project-database";
import { PROJECT_TYPE } from "./project-type";

/** A release of the stack's configuration with its environment, decrypted. */
type ConfiguredRelease = ReleaseModel & { env: pulumi.Output<Variables> };

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
  /** What the host knows of itself; before anything of a deploy. */
  description: pulumi.Resource;
  /** Values from the stack's configuration, decrypted. */
  variables: pulumi.Input<Variables>;
  /** Those of releases that have a snapshot. */
  snapshots: pulumi.Output<{ live?: Variables; standby?: Variables }>;
}

/** A tenant: its network, database, volumes and gateway file, and its live release. */
export class Project extends pulumi.ComponentResource {
  /** Known when traffic goes to the live release. */
  readonly settled: pulumi.Output<string>;
  // Private in JavaScript, too: in a dependency that is not known at once the SDK looks for unknown values, through all
  // fields of the resource and of its parents.
  readonly #name: string;
  readonly #args: ProjectArgs;
  readonly #network: docker.Network;
  readonly #attachment: pulumi.Resource;
  readonly #description: pulumi.Resource;
  readonly #database?: ProjectDatabase;
  readonly #volumes: Record<string, pulumi.Output<string>>;
  /** Each known to be healthy. */
  readonly #accessories: pulumi.Resource[];

  constructor(name: string, args: ProjectArgs, opts?: pulumi.ComponentResourceOptions) {
    super(PROJECT_TYPE, name, {}, opts);
    this.#name = name;
    this.#args = args;
    if (this.deletesData) this.warnOfDeletion();
    if (args.config.releases[name]?.fallback) this.warnOfFallback();
    this.#network = this.createNetwork();
    this.#attachment = this.attach();
    this.#database = this.hasDatabase ? this.createDatabase() : undefined;
    this.#volumes = this.createVolumes();
    this.#description = this.describe();
    const { live, standby } = args.config.releases[name] ?? {};
    this.#accessories = live || standby ? this.createAccessories() : [];
    const current = live && this.release("live", live);
    const previous = standby && this.release("standby", standby);
    if (previous && previous.id !== current?.id) this.keep(previous);
    this.settled = current ? this.deploy(current, previous?.id ?? "") : pulumi.output("");
    this.registerOutputs({});
  }

  private get deletesData(): boolean {
    return this.#args.config.deleteData.includes(this.#name);
  }

  /** Also while only a release that may come back has one. */
  private get hasDatabase(): boolean {
    const { live, standby } = this.#args.config.releases[this.#name] ?? {};
    return [this.#args.project, live?.snapshot, standby?.snapshot].some((it) => it?.database === "shared");
  }

  /** Whether a new release could change something that its backup is to bring back. */
  private hasData({ migrations }: ProjectModel): boolean {
    return this.#database !== undefined || migrations !== undefined || Object.keys(this.#volumes).length > 0;
  }

  private createNetwork(): docker.Network {
    const { stack } = this.#args.config;
    return new docker.Network(
      `${this.#name}-network`,
      { name: `slipway-${stack}-${this.#name}`, labels: labelList({ stack, project: this.#name }) },
      { parent: this },
    );
  }

  /** Connects the gateway and Postgres to the network, so that no declaration of theirs names a project. */
  private attach(): pulumi.Resource {
    const { host, gateway, postgres, site, observed } = this.#args;
    const members = [
      { id: gateway.container.id, aliases: [GATEWAY_HOST] },
      ...(this.hasDatabase ? [{ id: postgres.id, aliases: [POSTGRES_HOST] }] : []),
    ];
    return host.command(
      `${this.#name}-attachment`,
      {
        create: "attach",
        update: "attach",
        delete: "detach",
        request: {
          project: this.#name,
          network: this.#network.name,
          gateway: gateway.reference,
          members,
          site,
          epoch: observed.site,
        },
      },
      { parent: this, dependsOn: [gateway.ready] },
    );
  }

  /** All that may mount a volume: also what an earlier release had, which comes back with it. */
  private mounting(): ContainerSpec[] {
    const { live, standby } = this.#args.config.releases[this.#name] ?? {};
    const { containers, accessories } = this.#args.project;
    return [
      ...containers,
      ...accessories,
      ...[live, standby].flatMap((release) => release?.snapshot?.containers ?? []),
    ];
  }

  private createDatabase(): ProjectDatabase {
    const { host, postgres } = this.#args;
    return new ProjectDatabase(
      `${this.#name}-database`,
      { project: this.#name, host, postgres: postgres.id, deleteData: this.deletesData },
      { parent: this },
    );
  }

  private createVolumes(): Record<string, pulumi.Output<string>> {
    const { stack } = this.#args.config;
    const names = new Set(this.mounting().flatMap(({ volumes }) => volumes.map(({ name }) => name)));
    const entries = [...names].map((name) => {
      const volume = dataVolume(
        `${this.#name}-${name}-volume`,
        { volume: `slipway-${stack}-${this.#name}-${name}`, labels: { stack, project: this.#name } },
        { parent: this, retainOnDelete: !this.deletesData },
      );
      return [name, volume.name] as const;
    });
    return Object.fromEntries(entries);
  }

  /** What only an earlier release mounts is written to again when that one serves, and `projects.yml` has no say. */
  private get backup(): Required<BackupSettings> {
    const { backup } = this.#args.project;
    return { ...backup, volumes: backup.volumes ?? Object.keys(this.#volumes) };
  }

  private createAccessories(): pulumi.Resource[] {
    const { host, project, config, registry, variables } = this.#args;
    const env = this.environment(pulumi.output(variables).apply((now) => ({ ...project.variables.defaults, ...now })));
    return project.accessories.map((accessory) => {
      const { ready } = new Accessory(
        `${this.#name}-${accessory.name}`,
        {
          stack: config.stack,
          project: this.#name,
          accessory,
          host,
          network: this.#network.name,
          volumes: this.#volumes,
          variables: env,
          beforePull: [registry],
        },
        { parent: this },
      );
      return ready;
    });
  }

  private release(role: "live" | "standby", config: ReleaseConfig): ConfiguredRelease {
    const { project, snapshots, variables } = this.#args;
    const model = releaseOf(project, config, this.#args.config.variables[this.#name] ?? {});
    const configured = pulumi
      .all([variables, snapshots])
      .apply(
        ([now, kept]): Variables => (config.snapshot ? (kept[role] ?? {}) : { ...project.variables.defaults, ...now }),
      );
    return { ...model, env: this.environment(configured, model.project.database) };
  }

  /** What is configured, with the address of the project's own database where it has one. */
  private environment(
    configured: pulumi.Output<Variables>,
    database: ProjectModel["database"] = this.#args.project.database,
  ): pulumi.Output<Variables> {
    return pulumi
      .all([configured, database === "shared" ? this.#database?.url : undefined])
      .apply(([values, url]): Variables => ({ ...values, ...(url !== undefined && { DATABASE_URL: url }) }));
  }

  /** The release before the live one: its containers run without traffic, so that going back is a switch. */
  private keep(standby: ConfiguredRelease): void {
    this.declare(standby, { beforePull: [], beforeStart: [] });
  }

  private declare(
    { id, config, project, env }: ConfiguredRelease,
    order: Pick<ReleaseArgs, "beforePull" | "beforeStart" | "migrate">,
  ): Release {
    const { host, gateway, registry } = this.#args;
    return new Release(
      `${this.#name}-${id}`,
      {
        stack: this.#args.config.stack,
        project: this.#name,
        release: id,
        version: config.version,
        images: { ...config.images, ...config.imageIds },
        containers: project.containers,
        host,
        network: this.#network.name,
        volumes: this.#volumes,
        env,
        gateway: gateway.reference,
        limits: this.#args.project.deploy,
        ...order,
        beforePull: Promise.resolve(order.beforePull).then((others) => [registry, ...others]),
        beforeStart: [
          this.#attachment,
          ...(this.#database ? [this.#database.ready] : []),
          ...this.#accessories,
          ...order.beforeStart,
        ],
      },
      { parent: this },
    );
  }

  /** The deploy as resources: check, back up, pull, migrate, start beside the old release, roll out; the old one goes last. */
  private deploy(live: ConfiguredRelease, standby: string): pulumi.Output<string> {
    const { host, gateway, observed } = this.#args;
    const { stack } = this.#args.config;
    const { id, config, project } = live;
    this.announce(live, standby);

    const preflight = this.checkBefore(live);
    const { done: backup } = new PreDeployBackup(
      `${this.#name}-backup`,
      {
        ...{ project: this.#name, release: id, version: config.version, host, epoch: observed.rollout },
        after: this.unlessLive(id, [preflight]),
      },
      { parent: this },
    );
    const { restore } = this.#args.config.releases[this.#name] ?? {};
    const restored = restore ? [this.prepareRestore(live, restore, backup)] : [];
    const release = this.declare(live, {
      // What has no data can start beside its backup; traffic waits for it.
      beforePull: this.unlessLive(id, this.hasData(project) ? [backup] : [preflight]),
      beforeStart: restored,
      migrate: (images) => this.migrate(live, images, restored),
    });
    const { settled } = new Rollout(
      `${this.#name}-rollout`,
      {
        ...{ stack, project: this.#name, live, release, host },
        ...(restore && { restore }),
        ...{ network: this.#network.name, gateway: gateway.reference, epoch: observed.rollout },
        after: this.unlessLive(id, [backup]).then((before) => [...before, ...restored]),
      },
      { parent: this },
    );
    return settled;
  }

  /** What the host has to know to do without the program: for backups, checks and the way back. */
  private describe(): pulumi.Resource {
    const { host, project, config, description, observed } = this.#args;
    return host.command(
      `${this.#name}-description`,
      {
        create: "describe",
        update: "describe",
        request: {
          project: this.#name,
          network: this.#network.name,
          domains: project.domains,
          ...(this.hasDatabase && { database: databaseName(this.#name) }),
          volumes: this.#volumes,
          accessories: project.accessories.map((accessory) => accessoryRef(config.stack, this.#name, accessory)),
          ...(project.migrations && { migrations: project.migrations }),
          keyTables: project.keyTables,
          backup: this.backup,
          deploy: project.deploy,
          checksPublicAddress: config.checkPublicAddress,
          epoch: observed.description,
        },
      },
      { parent: this, dependsOn: [description] },
    );
  }

  private checkBefore({ id, config, project }: ConfiguredRelease): pulumi.Resource {
    const { host, gateway, site, observed } = this.#args;
    const standIns = Object.fromEntries(project.containers.map(({ name }) => [name, `${this.#name}-${name}-${id}`]));
    return host.command(
      `${this.#name}-preflight`,
      {
        create: "preflight",
        request: {
          project: this.#name,
          release: id,
          version: config.version,
          gateway: gateway.reference,
          site,
          routes: routesConfig(project, id, standIns),
          freeGB: this.#args.project.deploy.freeGB,
          cpus: Object.fromEntries(project.containers.map(({ name, limits }) => [name, limits.cpus])),
          images: config.images,
        },
        triggers: [id, observed.rollout],
      },
      {
        parent: this,
        dependsOn: [
          this.#attachment,
          this.#description,
          ...(this.#database ? [this.#database.ready] : []),
          ...this.#accessories,
        ],
      },
    );
  }

  /** For a release that serves already, as after a rollback, the steps of a deploy find nothing to do, in any order. */
  private unlessLive(release: string, before: pulumi.Resource[]): Promise<pulumi.Resource[]> {
    // No output of resources: the SDK would look through all that is in each.
    return new Promise((done) => {
      this.#args.observed.apply(({ live }) => done(live?.release === release ? [] : before));
    });
  }

  private prepareRestore(
    { id, config, project }: ConfiguredRelease,
    { backup, nonce }: { backup: string; nonce: string },
    after: pulumi.Resource,
  ): pulumi.Resource {
    const { ready } = new PreparedRestore(
      `${this.#name}-restore`,
      {
        ...{ project: this.#name, release: id, version: config.version, backup, nonce },
        ...{ keyTables: project.keyTables, host: this.#args.host, after: [after] },
      },
      { parent: this },
    );
    return ready;
  }

  private migrate(
    { id, config, project, env }: ConfiguredRelease,
    images: Record<string, pulumi.Output<string>>,
    after: pulumi.Resource[],
  ): pulumi.Resource[] {
    const { host, observed, gateway } = this.#args;
    const { migrations } = project;
    if (!migrations) return [];
    const { restore } = this.#args.config.releases[this.#name] ?? {};
    const service = migrations.container;
    const command = host.command(
      `${this.#name}-migrate`,
      {
        create: "migrate",
        request: {
          project: this.#name,
          release: id,
          version: config.version,
          image: images[service],
          network: this.#network.name,
          env,
          labels: labelMap({ stack: this.#args.config.stack, project: this.#name, service: "migrate", release: id }),
          upgrade: migrations.upgrade,
          current: migrations.current,
          isIncompatible: migrations.compatible === false && project.database === "shared",
          isCompatible: migrations.compatible === true,
          ...(restore && { restore: restore.nonce }),
          isTransactional: migrations.transactional,
          gateway: gateway.reference,
          timeoutSeconds: migrations.timeoutSeconds,
          ...project.containers.find(({ name }) => name === service)?.limits,
        },
        triggers: [id, observed.rollout],
      },
      { parent: this, dependsOn: [this.#attachment, ...(this.#database ? [this.#database.ready] : []), ...after] },
    );
    return [command];
  }

  /** A name that is left over from a removal says the same of a new project. */
  private warnOfDeletion(): void {
    const text = `${this.#name}: its volumes and its database will be deleted along with it, as slipway:deleteData says`;
    const command = `./slipway config rm --stack ${this.#args.config.stack} slipway:deleteData`;
    const hint = `to keep what that names: ${command}, then ./slipway up`;
    void pulumi.log.warn(`${text}\n${hint}`, this);
  }

  /** Whoever edits `projects.yml` and has an `up` apply it would wonder. */
  private warnOfFallback(): void {
    const { stack } = this.#args.config;
    const text = `${this.#name}: what a failed command went back to keeps the settings that it ran with`;
    const hint = `for those of projects.yml: ./slipway deploy --stack ${stack} ${this.#name}`;
    void pulumi.log.warn(`${text}\n${hint}`, this);
  }

  private announce(wanted: ConfiguredRelease, standby: string): void {
    const { id, config, project } = wanted;
    this.#args.observed.apply(({ live, held }) => {
      if (held === undefined || !live) return;
      const text = `${this.#name}: traffic is held on release ${live.release} (${live.version}): ${held}`;
      const hint = `to adopt that: slipway rollback ${this.#name}; to try again: slipway deploy ${this.#name}`;
      void pulumi.log.warn(`${text}\n${hint}`, this);
    });
    if (!pulumi.runtime.isDryRun()) return;
    this.#args.observed.apply(({ live }) => {
      const plan = deployPlan({ ...project, backup: this.backup }, id, config, live, standby);
      if (plan.length === 0) return;
      void pulumi.log.info(plan.join("\n"), this);
      if (live) this.announcePending(wanted);
    });
  }

  private announcePending({ id, config, project, env }: ConfiguredRelease): void {
    const { host, config: stack } = this.#args;
    const { pending, container } = project.migrations ?? {};
    const spec = project.containers.find(({ name }) => name === container);
    const image = spec && (config.imageIds?.[spec.name] ?? config.images[spec.name]);
    if (!pending || !image) return;
    const request = pulumi.all([this.#network.name, env]).apply(([network, variables]) => ({
      ...{ project: this.#name, release: id, image, network, env: variables, pending },
      labels: labelMap({ stack: stack.stack, project: this.#name }),
      ...spec.limits,
    }));
    host.pending(request).apply((found) => {
      void pulumi.log.info(pendingText(this.#name, config.version, found), this);
    });
  }
}
