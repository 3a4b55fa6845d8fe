import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../../config/stack-config";

/**
 * Logins for private registries as the docker provider takes them; secret as a whole. Nothing where none is configured.
 *
 * `passwords`: by registry host, decrypted.
 */
export function registryAuth(
  { registries }: Pick<StackConfig, "registries">,
  passwords: pulumi.Output<Record<string, string>>,
): pulumi.Output<docker.types.input.ProviderRegistryAuth[]> | undefined {
  const logins = Object.entries(registries);
  if (logins.length === 0) return undefined;
  return pulumi.secret(
    passwords.apply((known) =>
      logins.map(([address, { username }]) => ({ address, username, password: known[address] as string })),
    ),
  );
}
