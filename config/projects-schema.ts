/** What `projects.yml` may say. Each key's meaning, unit and default are in `docs/projects.reference.yml`. */

import type * as z from "zod";
import { DEFAULT_LIMITS } from "./container-limits";
import * as grammar from "./grammar";
import { digestReference } from "./image-reference";
import { closedMap, flag, jsonSchema, listOf, mapOf, numberBetween, oneOf, textLike, wholeBetween } from "./shape";

const { command, name } = grammar;
const line = textLike(/^[^\0\n]{1,100}$/, "text of 1 to 100 characters on one line");
const anyText = textLike(/^[^\0]*$/, "text");

const DOMAINS = "a list of at least one host name";
const domains = listOf(grammar.domain, DOMAINS).min(1, { error: DOMAINS }).optional();

const health = closedMap({
  path: grammar.healthPath.optional(),
  command: command.optional(),
  expect: anyText.optional(),
  intervalSeconds: numberBetween(0.05, 60).default(0.25),
  timeoutSeconds: numberBetween(0.1, 60).default(5),
  deadlineSeconds: numberBetween(1, 3600).default(120),
});

const limits = closedMap({
  memoryMiB: wholeBetween(8, 1_048_576).default(DEFAULT_LIMITS.memoryMiB),
  cpus: numberBetween(0.01, 512).default(DEFAULT_LIMITS.cpus),
  pids: wholeBetween(1, 1_000_000).default(DEFAULT_LIMITS.pids),
  logMiB: wholeBetween(3, 10_000).default(DEFAULT_LIMITS.logMiB),
});

const runs = {
  port: wholeBetween(1, 65_535).optional(),
  health,
  responseTimeLimitMs: wholeBetween(1, 600_000).default(1000),
  command: command.optional(),
  limits: limits.prefault({}),
  readOnly: flag().default(true),
  tmpfs: listOf(grammar.filePath, "a list of absolute paths").default([]),
  volumes: mapOf(name, grammar.filePath, "a map from a volume's name to its absolute path").default({}),
  capabilities: listOf(grammar.capability, "a list of capabilities").default([]),
};

const container = closedMap({
  ...runs,
  routes: listOf(grammar.route, "a list of paths like [/api/]").default([]),
});

const accessory = closedMap({
  ...runs,
  image: digestReference,
  variables: mapOf(grammar.variableName, grammar.variableValue, "a map from a variable's name to its value").default(
    {},
  ),
  projectVariables: listOf(grammar.variableName, "a list of variable names").default([]),
});

const migrations = closedMap({
  container: name,
  upgrade: command,
  current: command.optional(),
  pending: command.optional(),
  downgrade: command.optional(),
  transactional: flag().default(true),
  compatible: flag().optional(),
  timeoutSeconds: wholeBetween(1, 86_400).default(600),
});

const smokeTest = closedMap({
  name: line,
  container: name,
  method: oneOf("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS").default("GET"),
  path: grammar.requestPath,
  headers: mapOf(grammar.headerName, grammar.headerValue, "a map from a header's name to its value").default({}),
  body: anyText.optional(),
  expect: closedMap({ status: wholeBetween(100, 599).default(200), body: anyText.optional() }).prefault({}),
});

const variables = closedMap({
  required: listOf(grammar.variableName, "a list of variable names").default([]),
  defaults: mapOf(grammar.variableName, grammar.variableValue, "a map from a variable's name to its value").default({}),
  promised: mapOf(grammar.variableName, grammar.variableValue, "a map from a variable's name to its value").default({}),
});

const backup = closedMap({
  format: oneOf("zstd", "gzip").default("zstd"),
  volumes: listOf(name, "a list of volume names").optional(),
  keep: wholeBetween(1, 10_000).default(7),
  retentionDays: wholeBetween(1, 10_000).default(7),
});

/** Without defaults, as a stack's file gives them. */
const deployKeys = {
  watchSeconds: wholeBetween(0, 86_400),
  settleSeconds: wholeBetween(0, 86_400),
  holdSeconds: wholeBetween(0, 86_400),
  intervalSeconds: numberBetween(0.1, 3600),
  failures: wholeBetween(1, 1000),
  errorRate: numberBetween(0, 1),
  minimumRequests: wholeBetween(1, 1_000_000),
  latencyFactor: numberBetween(0, 1000),
  latencyFloorMs: wholeBetween(0, 3_600_000),
  latencyRequests: wholeBetween(1, 1_000_000),
  automaticRollback: flag(),
  database: oneOf("auto", "keep", "restore"),
  drainSeconds: wholeBetween(0, 3600),
  keepImages: wholeBetween(1, 1000),
  freeGB: numberBetween(0, 1_000_000),
  pullSeconds: wholeBetween(1, 86_400),
  startSeconds: wholeBetween(1, 86_400),
};

export const deployOverride = closedMap(deployKeys).partial();

const deploy = closedMap({
  watchSeconds: deployKeys.watchSeconds.default(600),
  settleSeconds: deployKeys.settleSeconds.default(30),
  holdSeconds: deployKeys.holdSeconds.default(60),
  intervalSeconds: deployKeys.intervalSeconds.default(10),
  failures: deployKeys.failures.default(3),
  errorRate: deployKeys.errorRate.default(0.1),
  minimumRequests: deployKeys.minimumRequests.default(20),
  latencyFactor: deployKeys.latencyFactor.default(3),
  latencyFloorMs: deployKeys.latencyFloorMs.default(250),
  latencyRequests: deployKeys.latencyRequests.default(100),
  automaticRollback: deployKeys.automaticRollback.default(true),
  database: deployKeys.database.default("auto"),
  drainSeconds: deployKeys.drainSeconds.default(30),
  keepImages: deployKeys.keepImages.default(5),
  freeGB: deployKeys.freeGB.default(5),
  pullSeconds: deployKeys.pullSeconds.default(900),
  startSeconds: deployKeys.startSeconds.default(300),
});

const keyTables = mapOf(
  grammar.tableName,
  wholeBetween(0, Number.MAX_SAFE_INTEGER),
  "a map from a table's name to the least number of its rows",
).default({});

/** What a release ran with, apart from its images: kept in the stack's file so that it can come back as it was. */
export const snapshotShape = {
  database: oneOf("shared", "none").default("none"),
  containers: mapOf(name, container, "a map from a container's name to what it is"),
  migrations: migrations.optional(),
  smokeTests: listOf(smokeTest, "a list of tests").default([]),
  keyTables,
  promised: mapOf(grammar.variableName, grammar.variableValue, "a map from a variable's name to its value").default({}),
};

export const projectSchema = closedMap({
  domains: closedMap({ production: domains, staging: domains, local: domains }).default({}),
  database: oneOf("shared", "none").default("none"),
  variables: variables.prefault({}),
  containers: mapOf(name, container, "a map from a container's name to what it is"),
  migrations: migrations.optional(),
  smokeTests: listOf(smokeTest, "a list of tests").default([]),
  keyTables,
  accessories: mapOf(name, accessory, "a map from an accessory's name to what it is").default({}),
  backup: backup.prefault({}),
  deploy: deploy.prefault({}),
});

export const projectsSchema = closedMap({
  projects: mapOf(grammar.projectName, projectSchema, "a map from a project's name to what it is; {} for none"),
});

export type ProjectsFile = z.output<typeof projectsSchema>;
export type ProjectEntry = z.output<typeof projectSchema>;

/** JSON Schema of `projects.yml`; `scripts/schema.ts` writes it to `docs/projects.schema.json`. */
export function projectsJsonSchema(): Record<string, unknown> {
  return { title: "Slipway projects.yml", ...jsonSchema(projectsSchema) };
}
