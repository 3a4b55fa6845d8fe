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
    backup: { format: "zstd", volumes: [], keep: 7, retentionDays: 7 },
    deploy: {
      watchSeconds: 0,
      settleSeconds: 30,
      holdSeconds: 60,
      intervalSeconds: 10,
      failures: 3,
      errorRate: 0.1,
      minimumRequests: 20,
      automaticRollback: true,
      database: "auto",
      drainSeconds: 30,
      keepImages: 5,
    },
    checksPublicAddress: false,
  };
}
