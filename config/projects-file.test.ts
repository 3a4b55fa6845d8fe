import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import { ConfigError } from "./config-error";
import type { Environment } from "./project";
import { defaults as others } from "./project.fixture";
import { loadProjects } from "./projects-file";

function load(text: string, environment: Environment = "local") {
  return loadProjects(text, "projects.yml", environment);
}

/** One line per mistake, without the part before the path. */
function mistakes(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.mistakes.map(({ line, column, path, text: what }) => `${line}:${column} ${path}: ${what}`);
  }
  return [];
}

/** A sound project with one part replaced. */
function shop(change: object): string {
  const web = { port: 8080, health: { path: "/up" } };
  return stringify({ projects: { shop: { domains: { local: ["shop.localhost"] }, containers: { web }, ...change } } });
}

const web = { port: 8080, health: { path: "/up" } };

describe("projects.yml", () => {
  const text = `
projects:
  shop:
    domains:
      production: [shop.example.com]
      local: [shop.localhost]
    containers:
      api: { port: 8000, routes: [/api/], health: { path: /up }, volumes: { files: /srv/files } }
      web: { port: 8080, health: { path: / } }
      mail: { health: { command: [mail, ping] }, limits: { memoryMiB: 64 } }
    keyTables: { orders: 0 }
  intern:
    domains: { production: [intern.example.com] }
    containers:
      web: { port: 80, health: { path: / } }
  bot:
    containers:
      bot: { health: { command: [bot, ping] } }
`;

  it("MT-01 becomes typed projects with every default filled in", () => {
    const [found] = load(text);
    const defaults = {
      responseTimeLimitMs: 1000,
      limits: { memoryMiB: 256, cpus: 1, pids: 256, logMiB: 30 },
      readOnly: true,
      tmpfs: [],
      volumes: [],
      capabilities: [],
    };
    const times = { intervalSeconds: 0.25, timeoutSeconds: 5, deadlineSeconds: 120 };
    assert.deepEqual(found, {
      name: "shop",
      domains: ["shop.localhost"],
      containers: [
        {
          ...defaults,
          name: "api",
          port: 8000,
          routes: ["/api/"],
          health: { ...times, path: "/up" },
          volumes: [{ name: "files", path: "/srv/files" }],
        },
        { ...defaults, name: "web", port: 8080, routes: [], health: { ...times, path: "/" } },
        {
          ...defaults,
          name: "mail",
          routes: [],
          health: { ...times, command: ["mail", "ping"] },
          limits: { ...defaults.limits, memoryMiB: 64 },
        },
      ],
      variables: { required: [], defaults: {}, promised: {} },
      database: "none",
      smokeTests: [],
      keyTables: [{ table: "orders", minimumRows: 0 }],
      ...others,
    });
  });

  it("MT-04 has only the domains of the environment, and only the projects that are there", () => {
    const names = (environment: Environment) => load(text, environment).map(({ name, domains }) => [name, ...domains]);
    assert.deepEqual(names("local"), [["shop", "shop.localhost"], ["bot"]]);
    assert.deepEqual(names("production"), [["shop", "shop.example.com"], ["intern", "intern.example.com"], ["bot"]]);
    assert.deepEqual(names("staging"), [["bot"]]);
  });

  it("may have no project, when it says so", () => {
    assert.deepEqual(load("projects: {}"), []);
    assert.match(mistakes("")[0] ?? "", /^1:1 : no projects; begin with "projects:".*"projects: \{\}" for none/);
  });

  it("MT-01 reports all mistakes of the file at once, in the order of their places", () => {
    const wrong = `
projects:
  Shop:
    containers:
      web: { prot: 80, health: { path: /up } }
  blog:
    domians: { local: [blog.localhost] }
    containers:
      web: { port: "80", health: { path: /up }, command: serve --fast }
    migrations: { container: app, upgrade: [migrate] }
    color: red
`;
    assert.deepEqual(
      mistakes(wrong).map((line) => line.replace(/; allowed: .*?(?=; did you mean|$)/, "")),
      [
        '3:3 projects/Shop: name "Shop" is not allowed',
        "3:3 projects/Shop: no domains; add them for each environment, e.g. domains: { local: [Shop.localhost] }",
        '5:14 projects/Shop/containers/web/prot: unknown key "prot"; did you mean "port"?',
        '7:5 projects/blog/domians: unknown key "domians"; did you mean "domains"?',
        '9:20 projects/blog/containers/web/port: found "80"',
        '9:58 projects/blog/containers/web/command: found "serve --fast"',
        '10:30 projects/blog/migrations/container: no container "app"',
        '11:5 projects/blog/color: unknown key "color"',
      ],
    );
  });

  it("MT-01 an error is one line per mistake: file, line, column, path, what was found, what is allowed", () => {
    assert.throws(() => load(shop({ database: "shard" })), {
      name: "ConfigError",
      message:
        'projects.yml:11:15 projects/shop/database: found "shard"; allowed: shared, none; did you mean "shared"?',
    });
  });

  for (const [title, wrong, expected] of [
    ["text", "hello", '1:1 : found "hello"; allowed: a map with the keys projects'],
    ["a list", "[projects]", "1:1 : found a list of 1; allowed: a map with the keys projects"],
    [
      "a list of projects",
      "projects: [shop]",
      "1:11 projects: found a list of 1; allowed: a map from a project's name",
    ],
    [
      "a project that is text",
      "projects: { shop: web }",
      '1:19 projects/shop: found "web"; allowed: a map with the keys',
    ],
  ] as const) {
    it(`MT-01 ${title} is one mistake and causes no others`, () => {
      const found = mistakes(wrong);
      assert.equal(found.length, 1, found.join("\n"));
      assert.equal(found[0]?.slice(0, expected.length), expected);
    });
  }

  it("MT-02 refuses names that are too long together for the gateway to find the container", () => {
    const named = (project: string, container: string) =>
      mistakes(
        stringify({ projects: { [project]: { domains: { local: ["a.b"] }, containers: { [container]: web } } } }),
      );
    assert.deepEqual(named("a".repeat(31), "b".repeat(12)), []);
    const [found = ""] = named("a".repeat(31), "b".repeat(13));
    assert.match(found, /: the names of project and container have 44 characters together, .*: 43 at most$/);
  });

  it("MT-01 a mistake where a value is used by an alias is none where it comes from", () => {
    const text = `
projects:
  shop:
    domains: { local: [shop.localhost] }
    containers: &c { web: { port: 8080, health: { path: /up } } }
  blog:
    domains: { local: [blog.localhost] }
    containers: { web: *c }
`;
    const found = mistakes(text);
    assert.ok(found.length > 0);
    for (const line of found) assert.match(line, /projects\/blog/);
    assert.deepEqual(
      mistakes(text.replace("{ web: *c }", "{ <<: *c }")).map((line) => line.slice(0, 56)),
      ["8:19 projects/blog/containers: merge keys are not read; "],
    );
  });

  it("a duplicate key does not hide what else is wrong", () => {
    assert.deepEqual(
      mistakes("projects: {}\nprojects: {}\nother: 1\n").map((line) => line.slice(0, 40)),
      ['2:1 projects: key "projects" is there al', '3:1 other: unknown key "other"; allowed:'],
    );
  });

  for (const [title, change, expected] of [
    [
      "a container without a health check",
      { containers: { web: { port: 80 } } },
      "projects/shop/containers/web/health: missing; allowed: a map with the keys path, command,",
    ],
    [
      "a health check with neither path nor command",
      { containers: { web: { port: 80, health: {} } } },
      "projects/shop/containers/web/health: neither path nor command; add path: /healthz, or a command",
    ],
    [
      "a health check with both",
      { containers: { web: { port: 80, health: { path: "/", command: ["x"] } } } },
      "projects/shop/containers/web/health: both path and command; keep one of the two",
    ],
    [
      "a worker with a health path",
      { containers: { web, mail: { health: { path: "/up" } } } },
      "projects/shop/containers/mail/health/path: a path without a port; add the port, or give a command",
    ],
    [
      "routes without a port",
      { containers: { web, mail: { routes: ["/mail/"], health: { command: ["x"] } } } },
      "projects/shop/containers/mail/routes: routes without a port; add the port",
    ],
    [
      "an empty list of routes",
      { containers: { web, app: { ...web, routes: [] } } },
      "projects/shop/containers/app/routes: no route; name one, or leave routes out for everything that no other",
    ],
    [
      "two containers that get everything",
      { containers: { web, app: web } },
      'projects/shop/containers/app: gets everything without a route, as "web" (7:7) does; give one of the two routes',
    ],
    [
      "one path to two containers",
      { containers: { web, a: { ...web, routes: ["/a/"] }, b: { ...web, routes: ["/b/", "/a/"] } } },
      "projects/shop/containers/b/routes/1: /a/ is routed already, at 15:13; a path goes to one container",
    ],
    ["no container", { domains: {}, containers: {} }, "projects/shop/containers: no container; add one"],
    [
      "a migration in an unknown container",
      { migrations: { container: "wbe", upgrade: ["x"] } },
      'projects/shop/migrations/container: no container "wbe"; allowed: web',
    ],
    [
      "a smoke test of a worker",
      {
        containers: { web, mail: { health: { command: ["x"] } } },
        smokeTests: [{ name: "x", container: "mail", path: "/" }],
      },
      'projects/shop/smokeTests/0/container: container "mail" has no port, so no request reaches it',
    ],
    [
      "two smoke tests of one name",
      {
        smokeTests: [
          { name: "x", container: "web", path: "/" },
          { name: "x", container: "web", path: "/a" },
        ],
      },
      'projects/shop/smokeTests/1/name: "x" is the name of another test, at 12:9',
    ],
    [
      "a required variable with a default",
      { variables: { required: ["A"], defaults: { A: "x" } } },
      "projects/shop/variables/required/0: A has a default (15:9), so it is never missing; remove one of the two",
    ],
    [
      "a default for the address of the shared database",
      { database: "shared", variables: { defaults: { DATABASE_URL: "x" } } },
      "projects/shop/variables/defaults/DATABASE_URL: database: shared sets DATABASE_URL; remove this default,",
    ],
    [
      "a name that Postgres keeps for itself",
      { variables: { required: ["SLIPWAY_RELEASE"] } },
      'projects/shop/variables/required/0: found "SLIPWAY_RELEASE"; allowed: letters, digits and underscores',
    ],
    [
      "two mounts at one path",
      { containers: { web: { ...web, volumes: { files: "/srv" }, tmpfs: ["/srv"] } } },
      "projects/shop/containers/web/tmpfs/0: /srv is mounted already, at 12:11",
    ],
    [
      "domains that nothing answers",
      { containers: { mail: { health: { command: ["x"] } } } },
      "projects/shop/domains: no container has a port; add one, or remove the domains",
    ],
  ] as const) {
    it(`MT-01 refuses ${title}`, () => {
      const found = mistakes(shop(change));
      assert.equal(found.length, 1, found.join("\n"));
      assert.equal(found[0]?.replace(/^\d+:\d+ /, "").slice(0, expected.length), expected);
    });
  }

  it("MT-01 refuses two projects with one domain, and the message says where both are", () => {
    const two = `
projects:
  shop:
    domains: { production: [www.example.com] }
    containers: { web: { port: 80, health: { path: / } } }
  blog:
    domains: { local: [www.example.com] }
    containers: { web: { port: 80, health: { path: / } } }
`;
    assert.deepEqual(mistakes(two), [
      '7:24 projects/blog/domains/local/0: "www.example.com" belongs to project "shop", production, already, at 4:29; ' +
        "remove one of the two",
    ]);
  });

  it("refuses two volumes that Docker would take for one", () => {
    const container = (volume: string) => ({ web: { health: { command: ["x"] }, volumes: { [volume]: "/srv" } } });
    const two = { projects: { shop: { containers: container("a-b") }, "shop-a": { containers: container("b") } } };
    const [found, ...others] = mistakes(stringify(two));
    assert.match(
      found ?? "",
      /shop-a\/containers\/web\/volumes\/b: "shop-a-b" is also what the volume at 9:11 is called/,
    );
    assert.deepEqual(others, []);
  });

  it("MT-24 refuses two accessories whose containers Docker would take for one", () => {
    const of = (accessory: string) => ({
      containers: { mail: { health: { command: ["x"] } } },
      accessories: { [accessory]: { image: `example.com/a@sha256:${"0".repeat(64)}`, health: { command: ["x"] } } },
    });
    const [found, ...others] = mistakes(stringify({ projects: { shop: of("a-b"), "shop-a": of("b") } }));
    assert.match(
      found ?? "",
      /shop-a\/accessories\/b: "shop-a-b" is also what .* accessory at 9:7 is called; rename it/,
    );
    assert.deepEqual(others, []);
  });

  it("never shows a value that could be a secret", () => {
    const canary = "s3cret\0canary";
    const found = mistakes(
      shop({
        variables: { defaults: { PASSWORD: canary, TOKEN: [canary] } },
        smokeTests: [{ name: "x", container: "web", path: "/", headers: { Authorization: canary }, body: [canary] }],
      }),
    );
    assert.equal(found.length, 4);
    assert.ok(!found.join("").includes("s3cret"), found.join("\n"));
  });

  it("reads a thousand projects within a second or so", () => {
    const projects = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [
        `p${index}`,
        {
          domains: { production: [`p${index}.example.com`], local: [`p${index}.localhost`] },
          database: "shared",
          containers: { api: { port: 8000, routes: ["/api/"], health: { path: "/up" } }, web },
          migrations: { container: "api", upgrade: ["alembic", "upgrade", "head"] },
        },
      ]),
    );
    const text = stringify({ projects });
    const began = performance.now();
    assert.equal(load(text).length, 1000);
    const seconds = (performance.now() - began) / 1000;
    assert.ok(seconds < 5, `${seconds} s`);
  }).timeout(20_000);
});
