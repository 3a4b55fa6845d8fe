import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Host } from "../host/host";

/** Length of a generated database password: letters and digits only, 190 bits. */
const PASSWORD_LENGTH = 32;
/** Name of the Postgres container in every project's network. */
export const POSTGRES_HOST = "postgres";
const POSTGRES_PORT = 5432;

/** Of a project's database, and of its role. */
export function databaseName(project: string): string {
  return project.replaceAll("-", "_");
}

export interface ProjectDatabaseArgs {
  project: string;
  host: Host;
  /** Id of the Postgres container. */
  postgres: pulumi.Input<string>;
  /** `true`: database and role go with the project. */
  deleteData: boolean;
}

/** A project's own database and role in the shared Postgres. */
export class ProjectDatabase extends pulumi.ComponentResource {
  /** `postgresql://role:password@postgres:5432/database`; secret. */
  readonly url: pulumi.Output<string>;
  /** Depend on it to come after the database is there. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: ProjectDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:database:ProjectDatabase", name, {}, opts);
    const database = databaseName(args.project);
    const { result: password } = new random.RandomPassword(
      `${name}-password`,
      { length: PASSWORD_LENGTH, special: false },
      { parent: this },
    );
    this.ready = args.host.command(
      name,
      {
        create: "database",
        update: "database",
        delete: "database-remove",
        request: {
          project: args.project,
          postgres: args.postgres,
          database,
          role: database,
          password,
          deleteData: args.deleteData,
        },
      },
      { parent: this },
    );
    this.url = pulumi.interpolate`postgresql://${database}:${password}@${POSTGRES_HOST}:${POSTGRES_PORT}/${database}`;
    this.registerOutputs({});
  }
}
