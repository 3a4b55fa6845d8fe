import { checkShape, type Loose, type Report } from "./check-shape";
import type { Mistake } from "./config-error";
import { nearest } from "./nearest";
import type { Environment } from "./project";
import { containerSpec, keyTableList } from "./projects-file";
import { didYouMean } from "./shape";
import type { ReleaseConfig, ReleaseSnapshot, StackConfig } from "./stack-config";
import { ENVIRONMENTS, REGISTRY_PORT, type StackKeys, stackSchema } from "./stack-schema";
import type { Path } from "./yaml-path";
import { YamlSource } from "./yaml-source";

const NAMESPACE = "slipway:";
/** Keys whose value is text; the others may be JSON text, as `config set` without `--path` writes them. */
const TEXT_KEYS = ["environment", "hostRoot", "infrastructure"];

/** `Pulumi.<stack>.yaml` as far as it can be understood, with what is wrong in it. */
export interface StackFile {
  stack: string;
  source: YamlSource;
  mistakes: Mistake[];
  report: Report;
  environment?: Environment;
  /** There when nothing is wrong in the file itself. */
  config?: StackConfig;
  /** The keys without `slipway:` and without their wrong parts. */
  sound: Loose<StackKeys>;
}

/** Throws `ConfigError` only where the file cannot be read as YAML. */
export function readStackFile(text: string, file: string, stack: string): StackFile {
  const source = new YamlSource(text, file);
  const mistakes = source.mistakes.filter(({ path }) => !isOthers(path));
  const report: Report = (path, what, at) => mistakes.push(source.mistake(path, what, at));

  const found = Object.fromEntries(
    slipwayKeys(source, report).map((key) => [key, withTexts(source, key, configured(source, key, stack, report))]),
  );
  const { value, sound } = checkShape(stackSchema, found, (path, what, at) => report(placeOf(path), what, at));

  const environment = sound.environment ?? ENVIRONMENTS.find((name) => name === stack);
  if (!environment && found.environment === undefined) {
    const command = `./slipway config set --stack ${stack} slipway:environment staging`;
    report(["config"], `stack "${stack}" does not say its environment; type ${command}`);
  }
  if (environment) refuseOnePortTwice(sound, environment, report);
  const config = value && environment && mistakes.length === 0 ? complete(stack, environment, value) : undefined;
  return { stack, source, mistakes, report, sound, ...(environment && { environment }), ...(config && { config }) };
}

/** Path in the file of a path below the `slipway:` keys. */
export function placeOf([key, ...rest]: Path): Path {
  return key === undefined ? ["config"] : ["config", `${NAMESPACE}${key}`, ...rest];
}

/** Keys of other namespaces are Pulumi's own business, and so is what is below them. */
function isOthers(path: string): boolean {
  return path.startsWith("config/") && !path.startsWith(`config/${NAMESPACE}`);
}

function slipwayKeys(source: YamlSource, report: Report): string[] {
  const config = (source.value as { config?: unknown } | null)?.config ?? {};
  if (typeof config !== "object") {
    report(["config"], "found no map; allowed: a map of configuration keys");
    return [];
  }
  const keys = Object.keys(config);
  for (const key of keys.filter((name) => !name.includes(":"))) {
    const known = nearest(key, Object.keys(stackSchema.shape));
    report(["config", key], `key without a namespace${didYouMean(known && `${NAMESPACE}${known}`)}`, "key");
  }
  return keys.filter((key) => key.startsWith(NAMESPACE)).map((key) => key.slice(NAMESPACE.length));
}

function configured(source: YamlSource, key: string, stack: string, report: Report): unknown {
  const value = (source.value as { config: Record<string, unknown> }).config[`${NAMESPACE}${key}`];
  if (isSecret(value)) {
    const command = `./slipway config set --stack ${stack} --secret --path 'slipway:${key}.…'`;
    report(placeOf([key]), `encrypted as a whole, so that nothing can be told of it; set its parts: ${command}`);
    return undefined;
  }
  if (typeof value !== "string" || TEXT_KEYS.includes(key)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Versions and variables are text, also where YAML takes them for a number: 1.10 is not 1.1. */
function withTexts(source: YamlSource, key: string, value: unknown): unknown {
  if (key === "releases") {
    return mapDeep(value, 3, (part, path) =>
      path.at(-1) === "version" ? written(source, placeOf([key, ...path]), part) : part,
    );
  }
  if (key !== "variables") return value;
  return mapDeep(value, 2, (part, path) => {
    const text = written(source, placeOf([key, ...path]), part);
    return String(part) === text ? text : part;
  });
}

/** The part of each path of this many keys replaced. */
function mapDeep(value: unknown, depth: number, change: (part: unknown, path: string[]) => unknown): unknown {
  const walk = (part: unknown, path: string[]): unknown => {
    if (path.length === depth) return change(part, path);
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner, [...path, key])]));
  };
  return walk(value, []);
}

function written(source: YamlSource, path: Path, value: unknown): unknown {
  if (typeof value !== "number" && typeof value !== "boolean") return value;
  return source.writtenAs(path) ?? String(value);
}

function refuseOnePortTwice(
  { gateway = {}, registry = {} }: Loose<StackKeys>,
  environment: Environment,
  report: Report,
) {
  // A wrong port is a key without a value, which has no default.
  const port = "port" in registry ? registry.port : REGISTRY_PORT;
  if (port === undefined || port !== ("port" in gateway ? gateway.port : gatewayPort(environment))) return;
  report(placeOf(["gateway", "port"]), `the registry has port ${port}; give one of them another`);
}

function gatewayPort(environment: Environment): number {
  return environment === "local" ? 8080 : 80;
}

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).join() === "secure";
}

function complete(stack: string, environment: Environment, keys: StackKeys): StackConfig {
  return {
    ...keys,
    stack,
    environment,
    releases: Object.fromEntries(
      Object.entries(keys.releases).map(([project, { live, standby, restore, fallback }]) => [
        project,
        {
          ...(restore && { restore }),
          ...(live && { live: releaseConfig(live) }),
          ...(standby && { standby: releaseConfig(standby) }),
          ...(fallback && { fallback }),
        },
      ]),
    ),
    checkPublicAddress: keys.checkPublicAddress ?? environment === "production",
    hostRoot: keys.hostRoot ?? (environment === "local" ? ".slipway" : "/"),
    gateway: { address: keys.gateway.address, port: keys.gateway.port ?? gatewayPort(environment) },
  };
}

type ReleaseKeys = NonNullable<StackKeys["releases"][string]["live"]>;

function releaseConfig({ snapshot, ...release }: ReleaseKeys): ReleaseConfig {
  return { ...release, ...(snapshot && { snapshot: releaseSnapshot(snapshot) }) };
}

function releaseSnapshot({ containers, keyTables, ...rest }: NonNullable<ReleaseKeys["snapshot"]>): ReleaseSnapshot {
  const specs = Object.entries(containers).map(([name, entry]) => containerSpec(name, entry));
  return { ...rest, containers: specs, keyTables: keyTableList(keyTables) };
}

/** A snapshot as it stands in the stack's file. */
export function snapshotKeys({ containers, keyTables, ...rest }: ReleaseSnapshot) {
  return {
    ...rest,
    containers: Object.fromEntries(
      containers.map(({ name, volumes, ...entry }) => [
        name,
        { ...entry, volumes: Object.fromEntries(volumes.map(({ name: volume, path }) => [volume, path])) },
      ]),
    ),
    keyTables: Object.fromEntries(keyTables.map(({ table, minimumRows }) => [table, minimumRows])),
  };
}
