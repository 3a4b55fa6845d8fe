import * as pulumi from "@pulumi/pulumi";

/** Variable name to its value, decrypted. */
export type Variables = Record<string, string>;

/** Values of the stack's configuration that may be secret, decrypted; the model has their ciphertext. */
export interface StackSecrets {
  /** Project to its variables as they are now. */
  variables: Record<string, Variables>;
  /** Project to the variables of releases that have a snapshot. */
  snapshots: Record<string, { live?: Variables; standby?: Variables }>;
  /** Registry host to its password. */
  registries: Record<string, string>;
  webhook?: string;
  s3?: { accessKeyId: string; secretAccessKey: string };
}

type Releases = Record<string, Partial<Record<"live" | "standby", { snapshot?: { variables?: KeptVariables } }>>>;
type KeptVariables = Record<string, string | { env: string }>;

/**
 * Secret as a whole. What a release had from an `.env` file comes back as the file has it now, if at all: no other place
 * knows it.
 *
 * `env`: project to variable to value of `.env` files.
 */
export function stackSecrets(config: pulumi.Config, env: Record<string, Variables>): pulumi.Output<StackSecrets> {
  const read = <T>(key: string) => config.getSecretObject<T>(key);
  return pulumi
    .all([
      read<Record<string, Variables>>("variables"),
      read<Releases>("releases"),
      read<Record<string, { password: string }>>("registries"),
      read<{ webhook: string }>("notify"),
      read<{ s3?: { accessKeyId: string; secretAccessKey: string } }>("backup"),
      pulumi.secret(env),
    ])
    .apply(([variables, releases, registries, notify, backup, values]) => ({
      variables: mapValues({ ...values, ...variables }, (_, project) => ({
        ...values[project],
        ...variables?.[project],
      })),
      snapshots: mapValues(releases ?? {}, ({ live, standby }, project) => ({
        live: kept(live?.snapshot?.variables, values[project]),
        standby: kept(standby?.snapshot?.variables, values[project]),
      })),
      registries: mapValues(registries ?? {}, ({ password }) => password),
      webhook: notify?.webhook,
      s3: backup?.s3,
    }));
}

function kept(variables: KeptVariables | undefined, env: Variables | undefined): Variables | undefined {
  if (!variables) return undefined;
  const found = Object.entries(variables).flatMap(([name, value]) => {
    const now = typeof value === "string" ? value : env?.[name];
    return now === undefined ? [] : [[name, now] as const];
  });
  return Object.fromEntries(found);
}

function mapValues<V, W>(map: Record<string, V>, change: (value: V, key: string) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}
