import { strict as assert } from "node:assert";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "./config-error";
import { loadModel, loadStackConfig } from "./model";
import { loadProjects } from "./projects-file";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const PROJECTS = `
projects:
  shop:
    domains: { local: [shop.localhost], production: [shop.example.com] }
    database: shared
    variables: { required: [SECRET_KEY, DATABASE_URL] }
    containers:
      api: { port: 8000, routes: [/api/], health: { path: /up } }
      web: { port: 8080, health: { path: / } }
  intern:
    domains: { production: [intern.example.com] }
    containers:
      web: { port: 80, health: { path: / } }
`;
const IMAGES = `
  slipway:images:
    gateway: ${DIGEST}
    postgres: registry.example.com/postgres@${DIGEST}
    registry: ${DIGEST}
`;
const SHOP = `
  slipway:releases:
    shop:
      live:
        version: 1.10
        images:
          api: 127.0.0.1:5000/shop/api@${DIGEST}
          web: 127.0.0.1:5000/shop/web@${DIGEST}
  slipway:variables:
    shop:
      SECRET_KEY:
        secure: v1:abc:def
      PORT: 8080
      DEBUG: true
`;

function load(config: string, stack = "local") {
  const projects = loadProjects(PROJECTS, "projects.yml", "local");
  return loadStackConfig(`config:${config}`, `Pulumi.${stack}.yaml`, stack, projects);
}

/** Without the position and the beginning of the path. */
function mistakes(config: string, stack = "local"): string[] {
  try {
    load(config, stack);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.mistakes.map(({ path, text }) => `${path.replace("config/slipway:", "")}: ${text}`);
  }
  return [];
}

function onlyMistake(config: string, stack = "local"): string {
  const [found, ...others] = mistakes(config, stack);
  assert.deepEqual(others, []);
  return found ?? "";
}

describe("a stack's configuration", () => {
  it("SC-03 tells where a failed command wrote a project's releases", () => {
    const marked = load(IMAGES + SHOP.replace("    shop:\n", "    shop:\n      fallback: true\n"));
    assert.equal(marked.releases.shop?.fallback, true);
    assert.equal(load(IMAGES + SHOP).releases.shop?.fallback, undefined);
  });

  it("is typed, with defaults, secrets as they are encrypted, and numbers as they are written", () => {
    assert.deepEqual(load(IMAGES + SHOP), {
      stack: "local",
      environment: "local",
      hostRoot: ".slipway",
      gateway: { address: "127.0.0.1", port: 8080 },
      registry: { port: 5000 },
      images: { gateway: DIGEST, postgres: `registry.example.com/postgres@${DIGEST}`, registry: DIGEST },
      infrastructure: "hold",
      releases: {
        shop: {
          live: {
            version: "1.10",
            images: { api: `127.0.0.1:5000/shop/api@${DIGEST}`, web: `127.0.0.1:5000/shop/web@${DIGEST}` },
          },
        },
      },
      variables: { shop: { SECRET_KEY: { secure: "v1:abc:def" }, PORT: "8080", DEBUG: "true" } },
      checkPublicAddress: false,
      deleteData: [],
      deploy: {},
      registries: {},
      backup: { schedule: "*-*-* 03:00:00" },
    });
  });

  it("takes objects as JSON text, as config set writes them", () => {
    const images = JSON.stringify({ gateway: DIGEST, postgres: DIGEST, registry: DIGEST });
    const config = load(`
  slipway:images: '${images}'
  slipway:gateway: '{"port":18080}'
  slipway:deleteData: '["shop"]'
  aws:region: eu-west-1
  aws:defaultTags: { <<: &tags { by: us } }
`);
    assert.deepEqual(config.gateway, { address: "127.0.0.1", port: 18080 });
    assert.deepEqual(config.deleteData, ["shop"]);
  });

  it("a project without a release is not deployed, and needs no variables yet", () => {
    assert.deepEqual(load(IMAGES).releases, {});
  });

  it("is that of the environment that it names, or of the stack's own name", () => {
    assert.equal(load(`${IMAGES}  slipway:environment: staging\n`, "t1").environment, "staging");
    assert.equal(load(`${IMAGES}  slipway:environment: staging\n`, "t1").hostRoot, "/");
    assert.equal(load(IMAGES, "production").gateway.port, 80);
    assert.equal(
      onlyMistake(IMAGES, "t1"),
      'config: stack "t1" does not say its environment; type ./slipway config set --stack t1 slipway:environment staging',
    );
  });

  it("MT-24 refuses a variable for an accessory that has no value", () => {
    const projects = loadProjects(
      `${PROJECTS}    accessories:
      cache:
        image: registry.example.com/cache@${DIGEST}
        health: { command: [ping] }
        projectVariables: [SECRET]
`,
      "projects.yml",
      "production",
    );
    const live = `{ version: "1", images: { web: registry.example.com/web@${DIGEST} } }`;
    const text = `config:${IMAGES}  slipway:releases: { intern: { live: ${live} } }\n`;
    assert.throws(
      () => loadStackConfig(text, "Pulumi.production.yaml", "production", projects),
      /SECRET: accessory cache of intern gets SECRET, which has no value; type \.\/slipway config set/,
    );
  });

  it("MT-01 MT-28 refuses a required variable without a value, and says what to type", () => {
    const config = IMAGES + SHOP.replace("SECRET_KEY", "SECRETKEY");
    assert.equal(
      onlyMistake(config),
      "variables/shop/SECRET_KEY: shop requires SECRET_KEY, which has no value (SECRETKEY has one); " +
        "type ./slipway config set --stack local --secret --path 'slipway:variables.shop.SECRET_KEY'",
    );
  });

  it("refuses DATABASE_URL for a project whose shared database sets it, and says what to type", () => {
    assert.equal(
      onlyMistake(IMAGES + SHOP.replace("      PORT:", "      DATABASE_URL: { secure: v1:a:b }\n      PORT:")),
      "variables/shop/DATABASE_URL: database: shared sets DATABASE_URL; remove the database, or this value: " +
        "./slipway config rm --stack local --path slipway:variables.shop.DATABASE_URL",
    );
  });

  for (const [title, reference] of [
    ["an option", "--privileged"],
    ["a command", "$(reboot)"],
    ["a further command", `127.0.0.1:5000/shop/api@${DIGEST}; rm -rf /`],
    ["a tag without a digest", "127.0.0.1:5000/shop/api:1.0"],
    ["no registry", `shop@${DIGEST}`],
    ["a short digest", "127.0.0.1:5000/shop/api@sha256:abc"],
    ["upper case", `127.0.0.1:5000/Shop@${DIGEST}`],
    ["a path out of the registry", `127.0.0.1:5000/../api@${DIGEST}`],
    ["a second line", `"127.0.0.1:5000/shop/api@${DIGEST}\\n"`],
  ] as const) {
    it(`OV-07 refuses ${title} for an image, and says how to get a digest`, () => {
      const found = onlyMistake(IMAGES + SHOP.replace(`127.0.0.1:5000/shop/api@${DIGEST}`, reference));
      assert.match(
        found,
        /^releases\/shop\/live\/images\/api: found ".*"; allowed: an image by digest like .*RepoDigests/,
      );
    });
  }

  it("an image by tag and digest is answered with the one by digest alone", () => {
    const found = onlyMistake(IMAGES + SHOP.replace("shop/api@", "shop/api:1.0@"));
    assert.ok(found.endsWith(`did you mean "127.0.0.1:5000/shop/api@${DIGEST}"?`), found);
  });

  it("a release has an image for every container of the project, and no other", () => {
    assert.equal(
      onlyMistake(IMAGES + SHOP.replace("          web:", "          wbe:")),
      "releases/shop/live/images: images for api, wbe; the project's containers: api, web; to name one: ./slipway config " +
        "set --stack local --path slipway:releases.shop.live.images.web REGISTRY/PATH@sha256:…; to remove one: " +
        "./slipway config rm --stack local --path slipway:releases.shop.live.images.wbe",
    );
  });

  it("a project that is not in the environment is refused with what is, and how to remove it", () => {
    assert.equal(
      onlyMistake(IMAGES + SHOP.replaceAll("shop:\n", "shpo:\n").replace(/ {2}slipway:variables.*/s, "")),
      'releases/shpo: no project "shpo" with domains for local in projects.yml; known: shop; did you mean "shop"?; ' +
        "to remove it: ./slipway config rm --stack local --path slipway:releases.shpo",
    );
    assert.match(onlyMistake(`${IMAGES}  slipway:variables: { intern: { A: b } }\n`), /^variables\/intern: no project/);
  });

  for (const [title, config, expected] of [
    ["an unknown key", "  slipway:relases: {}\n", 'relases: unknown key "relases"; allowed: environment, hostRoot,'],
    [
      "a key without a namespace",
      "  releases: {}\n",
      'config/releases: key without a namespace; did you mean "slipway:',
    ],
    [
      "a port that is none",
      "  slipway:gateway: { port: 0 }\n",
      "gateway/port: found 0; allowed: a whole number from 1",
    ],
    ["an address that is none", "  slipway:gateway: { address: 1.2.3 }\n", "gateway/address: found"],
    ["one port twice", "  slipway:gateway: { port: 5000 }\n", "gateway/port: the registry has port 5000"],
    ["text that is no JSON", "  slipway:releases: '{shop'\n", 'releases: found "{shop"; allowed: a map from'],
    ["a secret around everything", "  slipway:releases: { secure: v1:x }\n", "releases: encrypted as a whole, so"],
    [
      "an ambiguous number",
      "  slipway:variables: { shop: { A: 1.10 } }\n",
      "variables/shop/A: found a number; allowed: text",
    ],
    [
      "the platform's own variables",
      "  slipway:variables: { shop: { SLIPWAY_X: a } }\n",
      'variables/shop/SLIPWAY_X: name "',
    ],
    [
      "another environment",
      "  slipway:environment: prod\n",
      'environment: found "prod"; allowed: production, staging, local',
    ],
  ] as const) {
    it(`refuses ${title}`, () => {
      const found = onlyMistake(IMAGES + config);
      assert.equal(found.slice(0, expected.length), expected);
    });
  }

  it("never shows a value of a variable", () => {
    const found = mistakes(`${IMAGES}  slipway:variables: { shop: { A: [s3cret], B: { x: s3cret }, C: 0x5ec } }\n`);
    assert.equal(found.length, 3);
    assert.doesNotMatch(found.join(), /s3cret|0x5ec|1516/);
    assert.doesNotMatch(onlyMistake(`${IMAGES}  slipway:variables: s3cret\n`), /s3cret/);
  });
});

describe("the model of a stack", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-model-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);

  it("comes from projects.yml and the stack's file, with an absolute host root", () => {
    write("projects.yml", PROJECTS);
    write("Pulumi.local.yaml", `config:${IMAGES}${SHOP}`);
    const { config, projects } = loadModel(folder, "local");
    assert.equal(config.hostRoot, join(folder, ".slipway"));
    assert.deepEqual(
      projects.map(({ name }) => name),
      ["shop"],
    );
  });

  it("MT-01 reports the mistakes of both files at once", () => {
    write("projects.yml", PROJECTS.replace("database: shared", "database: shard"));
    write("Pulumi.local.yaml", "config:\n  slipway:gateway: { prot: 80 }\n");
    assert.throws(
      () => loadModel(folder, "local"),
      ({ message }: Error) => {
        assert.deepEqual(
          message.split("\n").map((line) => line.split("; ")[0]),
          [
            'projects.yml:5:15 projects/shop/database: found "shard"',
            "Pulumi.local.yaml:1:1 config/slipway:images: missing",
            'Pulumi.local.yaml:2:22 config/slipway:gateway/prot: unknown key "prot"',
          ],
        );
        return true;
      },
    );
  });

  it("MT-01 a project with a mistake hides none of the others' and of the stack's file", () => {
    write("projects.yml", PROJECTS.replace("port: 80,", "prot: 80,"));
    const live = `{ version: "1", images: { web: registry.example.com/web@${DIGEST} } }`;
    const shpo = `    shpo: { live: ${live} }\n    intern: { live: ${live} }\n`;
    const releases = SHOP.replace("SECRET_KEY", "OTHER").replace("  slipway:variables", `${shpo}  slipway:variables`);
    write("Pulumi.local.yaml", `config:${IMAGES}${releases}  slipway:gateway: { port: 5000 }\n  slipway:backups: {}\n`);
    write(".env.local", "ANOTHERS=1\n");
    chmodSync(join(folder, ".env.local"), 0o600);
    assert.throws(
      () => loadModel(folder, "local"),
      ({ mistakes }: ConfigError) => {
        assert.deepEqual(
          mistakes.map(({ path, text }) => `${path}: ${text.split(/[;,]/)[0]}`),
          [
            'projects/intern/containers/web/prot: unknown key "prot"',
            'config/slipway:releases/shpo: no project "shpo" with domains for local in projects.yml',
            "config/slipway:variables/shop/SECRET_KEY: shop requires SECRET_KEY",
            "config/slipway:gateway/port: the registry has port 5000",
            'config/slipway:backups: unknown key "backups"',
          ],
        );
        return true;
      },
    );
  });

  it("tells nothing of a stack's projects where projects.yml tells nothing of any", () => {
    write("projects.yml", PROJECTS.replace("projects:", "projcts:"));
    write("Pulumi.local.yaml", `config:${IMAGES}${SHOP}`);
    assert.throws(
      () => loadModel(folder, "local"),
      ({ mistakes }: ConfigError) => mistakes.every(({ file }) => file === "projects.yml"),
    );
  });

  it("says which file is missing, and what makes one", () => {
    assert.throws(
      () => loadModel(folder, "local"),
      /Pulumi\.local\.yaml:1:1 there is no such file .*\.\/slipway setup.*projects\.yml:1:1 there is no such file/s,
    );
  });
});
