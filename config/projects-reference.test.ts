import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { ConfigError } from "./config-error";
import { loadProjects } from "./projects-file";
import { projectsJsonSchema } from "./projects-schema";
import { YamlSource } from "./yaml-source";

const FILE = "docs/projects.reference.yml";
const text = readFileSync(join(__dirname, "..", FILE), "utf8");

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  propertyNames?: { pattern: string };
  items?: Schema;
  default?: unknown;
}

/** Paths of all keys, names that an operator chooses as `*`. */
function keysOfSchema({ properties = {}, additionalProperties, items }: Schema, at = ""): string[] {
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [`${at}/${key}`, ...keysOfSchema(inner, `${at}/${key}`)]),
    ...(typeof additionalProperties === "object" ? keysOfSchema(additionalProperties, `${at}/*`) : []),
    ...(items ? keysOfSchema(items, at) : []),
  ];
}

function keysOfValue(value: unknown, schema: Schema, at = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysOfValue(item, schema.items ?? {}, at));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const own = schema.properties?.[key];
    if (own) return [`${at}/${key}`, ...keysOfValue(inner, own, `${at}/${key}`)];
    return keysOfValue(inner, schema.additionalProperties as Schema, `${at}/*`);
  });
}

describe("the reference of projects.yml", () => {
  const schema = projectsJsonSchema() as Schema;

  for (const environment of ["production", "staging", "local"] as const) {
    it(`MT-01 is read without a mistake for ${environment}`, () => {
      const names = loadProjects(text, FILE, environment).map(({ name }) => name);
      assert.deepEqual(names, environment === "local" ? ["calendar", "hello"] : ["calendar"]);
    });
  }

  it("MT-01 shows every key that there is, and no other", () => {
    const shown = new Set(keysOfValue(new YamlSource(text, FILE).value, schema));
    assert.deepEqual([...shown].sort(), [...new Set(keysOfSchema(schema))].sort());
  });

  it("the defaults that it states are those of the schema", () => {
    const stated = [...text.matchAll(/Default ([\d.]*\d|true|false)\b.*\n\s+(\w+):/g)];
    const known = defaultsOf(schema);
    assert.ok(stated.length >= 10);
    for (const [, value, key] of stated) assert.ok(known.includes(`${key}: ${value}`), `${key}: ${value}`);
  });

  it("MT-01 docs/projects.schema.json is the schema for editors, and projects.yml names it (else: scripts/schema.ts)", () => {
    const read = (file: string) => readFileSync(join(__dirname, "..", file), "utf8");
    assert.deepEqual(JSON.parse(read("docs/projects.schema.json")), schema);
    assert.match(read("projects.yml"), /^# yaml-language-server: \$schema=docs\/projects\.schema\.json\n/);
  });

  it("the schema knows the grammar of names", () => {
    assert.match(schema.properties?.projects?.propertyNames?.pattern ?? "", /postgres/);
  });
});

/** `key: value` of all defaults that are no maps or lists. */
function defaultsOf({ properties = {}, additionalProperties, items }: Schema): string[] {
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [
      ...(inner.default !== undefined && typeof inner.default !== "object" ? [`${key}: ${inner.default}`] : []),
      ...defaultsOf(inner),
    ]),
    ...(typeof additionalProperties === "object" ? defaultsOf(additionalProperties) : []),
    ...(items ? defaultsOf(items) : []),
  ];
}

/** Every place of a value, as its path. */
function places(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  const inside = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [at, ...inside.flatMap(([key, inner]) => places(inner, [...at, key]))];
}

describe("any part of projects.yml being anything", () => {
  for (const wrong of [null, 5, "a b;", [5], { "a b": 1 }]) {
    it(`MT-01 ${JSON.stringify(wrong)} anywhere is either sound or a mistake with its place, never a crash`, () => {
      const whole = new YamlSource(text, FILE).value;
      for (const path of places(whole)) {
        const holder = { root: structuredClone(whole) as never };
        const full = ["root", ...path] as never[];
        let around: Record<string, unknown> = holder;
        for (const step of full.slice(0, -1)) around = around[step] as Record<string, unknown>;
        around[full.at(-1) as never] = wrong;
        try {
          loadProjects(stringify(holder.root), FILE, "local");
        } catch (error) {
          assert.ok(error instanceof ConfigError, `${path.join("/")}: ${(error as Error).stack}`);
          assert.ok(error.mistakes.length >= 1);
        }
      }
    }).timeout(60_000);
  }
});
