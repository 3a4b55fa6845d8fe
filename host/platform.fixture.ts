import { defaults } from "../config/project.fixture";
import type { PlatformDescription, ProjectDescription } from "./requests";

/** What a host knows of itself, in tests that have no such host. */
export const platform: PlatformDescription = {
  stack: "staging",
  environment: "staging",
  gateway: { container: "slipway-staging-gateway", address: "127.0.0.1", port: 80 },
  postgres: "slipway-staging-postgres",
  registry: "slipway-staging-registry",
  registryPort: 5000,
};

export function projectOf(name: string): ProjectDescription {
  return {
    project: name,
    network: `slipway-staging-${name}`,
    domains: [`${name}.test`],
    volumes: {},
    accessories: [],
    keyTables: [],
    backup: { ...defaults.backup, volumes: [] },
    deploy: { ...defaults.deploy, watchSeconds: 0 },
    checksPublicAddress: false,
  };
}
