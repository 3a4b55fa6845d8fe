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

type Releases = Record<string, Partial<Record<"live" | "standby", { snapshot?: { variables?: Variables } }>>>;

/** Secret as a whole. */
export function stackSecrets(config: pulumi.Config): pulumi.Output<StackSecrets> {
  const read = <T>(key: string) => config.getSecretObject<T>(key);
  return pulumi
    .all([
      read<Record<string, Variables>>("variables"),
      read<Releases>("releases"),
      read<Record<string, { password: string }>>("registries"),
      read<{ webhook: string }>("notify"),
      read<{ s3?: { accessKeyId: string; secretAccessKey: string } }>("backup"),
    ])
    .apply(([variables, releases, registries, notify, backup]) => ({
      variables: variables ?? {},
      snapshots: mapValues(releases ?? {}, ({ live, standby }) => ({
        live: live?.snapshot?.variables,
        standby: standby?.snapshot?.variables,
      })),
      registries: mapValues(registries ?? {}, ({ password }) => password),
      webhook: notify?.webhook,
      s3: backup?.s3,
    }));
}

function mapValues<V, W>(map: Record<string, V>, change: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
