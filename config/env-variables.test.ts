import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { ConfigError } from "./config-error";
import { readEnvVariables, withoutValues } from "./env-variables";
import { loadModel } from "./model";
import { loadProjects } from "./projects-file";
import { releaseOf } from "./release";
import type { ReleaseConfig } from "./stack-config";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const project = (required: string[], defaults: Record<string, string> = {}) => ({
  variables: { required, defaults },
  containers: { mail: { health: { command: ["ping"] } } },
});
const PROJECTS = stringify({
  projects: { shop: project(["TOKEN"], { MODE: "default" }), blog: project(["TOKEN"]) },
});
const live: ReleaseConfig = { version: "1", images: { mail: `registry.test/mail@${DIGEST}` } };

describe("variables of .env files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-env-"));
    write("projects.yml", PROJECTS);
    configure();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (file: string, text: string, mode = 0o600) => writeFileSync(join(folder, file), text, { mode });
  const read = () => readEnvVariables(folder, "local", loadProjects(PROJECTS, "projects.yml", "local"));
  const releaseId = () => {
    const { config, projects } = loadModel(folder, "local");
    return releaseOf(projects[0] as (typeof projects)[0], live, config.variables.shop ?? {}).id;
  };

  function configure(
    variables: Record<string, unknown> = {},
    releases: Record<string, unknown> = { shop: { live } },
  ): void {
    const images = { gateway: DIGEST, postgres: DIGEST, registry: DIGEST };
    const keys = { images, releases, variables };
    const config = Object.fromEntries(Object.entries(keys).map(([key, value]) => [`slipway:${key}`, value]));
    write("Pulumi.local.yaml", stringify({ config }));
  }

  function mistakes(): string[] {
    try {
      loadModel(folder, "local");
    } catch (error) {
      assert.ok(error instanceof ConfigError, String(error));
      return error.mistakes.map(({ file, line, path, text }) => `${file}:${line} ${path}: ${text}`);
    }
    return [];
  }

  it("MT-28 the stack's configuration counts before .env.local.PROJECT, that before .env.local, that before defaults", () => {
    write(".env.local", "TOKEN=shared\nMODE=shared\n");
    write(".env.local.shop", "TOKEN=own\n");
    assert.deepEqual(read().values, { shop: { TOKEN: "own", MODE: "shared" }, blog: { TOKEN: "shared" } });
    configure({ shop: { TOKEN: "configured" } });
    const { config } = loadModel(folder, "local");
    assert.equal(config.variables.shop?.TOKEN, "configured");
    assert.deepEqual(Object.keys(config.variables.shop ?? {}).sort(), ["MODE", "TOKEN"]);
  });

  it("MT-28 MT-04 a name that no project declares is refused in .env.local, and goes to one project only in its own file", () => {
    write(".env.local", "TOKEN=x\nOTHER=y\n");
    write(".env.local.shop", "OTHER=y\n");
    const found = mistakes();
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", /^\.env\.local:2 OTHER: no project declares it .*; put it into \.env\.local\.PROJECT/);
    assert.deepEqual(Object.keys(read().values.shop ?? {}).sort(), ["OTHER", "TOKEN"]);
    assert.deepEqual(read().values.blog, { TOKEN: "x" });
  });

  describe("of a project with a shared database", () => {
    const shared = { ...project(["TOKEN", "DATABASE_URL"]), database: "shared" };
    const declare = (others: object) => write("projects.yml", stringify({ projects: { shop: shared, ...others } }));
    const variables = (name: string) => Object.keys(loadModel(folder, "local").env[name] ?? {}).sort();

    it("MT-04 MT-28 DATABASE_URL of .env.local goes to another project alone", () => {
      declare({ blog: project(["DATABASE_URL"]) });
      write(".env.local", "TOKEN=x\n");
      const before = releaseId();
      write(".env.local", "TOKEN=x\nDATABASE_URL=postgresql://blog\n");
      assert.deepEqual([variables("shop"), variables("blog")], [["TOKEN"], ["DATABASE_URL"]]);
      assert.equal(releaseId(), before);
    });

    it("MT-28 DATABASE_URL is refused in its own file, and in .env.local where no other project takes it", () => {
      declare({});
      write(".env.local", "TOKEN=x\nDATABASE_URL=y\n");
      write(".env.local.shop", "DATABASE_URL=z\n");
      assert.deepEqual(mistakes(), [
        ".env.local:2 DATABASE_URL: each project that declares it has database: shared, which sets it; remove this line",
        ".env.local.shop:1 DATABASE_URL: database: shared sets DATABASE_URL for shop; remove this line, or the database",
      ]);
    });

    it("a release from before, which had it from a file, is kept without", () => {
      declare({});
      write(".env.local", "TOKEN=x\n");
      const containers = { mail: { health: { command: ["ping"] } } };
      for (const database of ["shared", "none"]) {
        const snapshot = { database, containers, variables: { DATABASE_URL: { env: "0".repeat(32) } } };
        configure({}, { shop: { live, standby: { ...live, snapshot } } });
        assert.deepEqual(mistakes(), [], database);
      }
    });
  });

  it("MT-28 a file that others can read is refused, and says what to type", () => {
    write(".env.local", "TOKEN=x\n", 0o644);
    assert.deepEqual(mistakes(), [".env.local:1 : others can read it (mode 0644); type chmod 600 .env.local"]);
  });

  it("MT-28 a required variable may come from there; another value is another release, the same value the same", () => {
    write(".env.local.shop", "TOKEN=one\n");
    const first = releaseId();
    assert.equal(releaseId(), first);
    write(".env.local.shop", "TOKEN=two\n");
    assert.notEqual(releaseId(), first);
    write(".env.local.shop", "# again\nTOKEN='one'\n");
    assert.equal(releaseId(), first);
  });

  it("MT-20 MT-28 what the model and a snapshot have of a value tells nothing without the folder's own key", () => {
    write(".env.local.shop", "TOKEN=guessable\n");
    const { config } = loadModel(folder, "local");
    const text = JSON.stringify(config);
    assert.ok(!text.includes("guessable"), text);
    assert.match(JSON.stringify(config.variables.shop), /^\{"TOKEN":\{"env":"[0-9a-f]{32}"\}\}$/);
    assert.equal(statSync(join(folder, ".env.key")).mode & 0o777, 0o600);
    rmSync(join(folder, ".env.key"));
    assert.notDeepEqual(loadModel(folder, "local").config.variables.shop, config.variables.shop);
  });

  it("MT-28 no key is made where there are no such variables", () => {
    assert.deepEqual(withoutValues(folder, { shop: {} }), {});
    assert.throws(() => statSync(join(folder, ".env.key")), /ENOENT/);
  });

  it("MT-28 a release whose snapshot had a value of the file is refused when the value is gone", () => {
    write(".env.local.shop", "TOKEN=x\n");
    const snapshot = {
      containers: { mail: { health: { command: ["ping"] } } },
      variables: { OLD: { env: "0".repeat(32) }, TOKEN: { env: "1".repeat(32) } },
    };
    configure({}, { shop: { live: { ...live, snapshot } } });
    const found = mistakes();
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", /this release had OLD from \.env\.local, .*; put it into \.env\.local\.shop$/);
  });
});
