import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import { ConfigError } from "./config-error";
import { loadStackConfig } from "./model";
import { loadProjects } from "./projects-file";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const web = { port: 8080, health: { path: "/" } };
const project = (change: object) => ({ domains: { local: ["shop.localhost"] }, containers: { web }, ...change });

/** Every mistake with its file, line and column; none where the text is accepted. */
function mistakes(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.message.split("\n").length, Math.min(error.mistakes.length, 101));
    return error.mistakes.map(({ file, line, column, path, text }) => `${file}:${line}:${column} ${path}: ${text}`);
  }
  return [];
}
const ofProjects = (text: string) => mistakes(() => loadProjects(text, "projects.yml", "local"));
const ofShop = (change: object) => ofProjects(stringify({ projects: { shop: project(change) } }));

function refusedOnce(found: string[], at: RegExp): void {
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(found[0] ?? "", at);
}

describe("hostile input", () => {
  const long = `${"a.".repeat(149)}co`;
  for (const domain of ["a.com; return 200 x;", "$host", "a.com\nb.com", "*.a.com", "bücher.de", long]) {
    it(`fault 42 the domain ${JSON.stringify(domain.slice(0, 30))} is refused with file, line and column`, () => {
      const at = /^projects\.yml:\d+:\d+ projects\/shop\/domains\/local\/0: found .*; allowed: a host name like/;
      refusedOnce(ofShop({ domains: { local: [domain] } }), at);
    });
  }

  for (const path of ["/../", "/a{", "/a#b", "/a;b", "/a b", "/$uri", "/a\n"]) {
    it(`fault 42 the path ${JSON.stringify(path)} is refused as a route and for health`, () => {
      const routed = { web, api: { ...web, routes: [path] } };
      refusedOnce(
        ofShop({ containers: routed }),
        /^projects\.yml:\d+:\d+ projects\/shop\/containers\/api\/routes\/0: found/,
      );
      const probed = { web: { port: 80, health: { path } } };
      refusedOnce(ofShop({ containers: probed }), /containers\/web\/health\/path: found/);
    });
  }

  it("fault 42 a domain of two tenants is refused, and both places are said", () => {
    const text = stringify({ projects: { shop: project({}), blog: project({}) } });
    refusedOnce(
      ofProjects(text),
      /projects\/blog\/domains\/local\/0: "shop\.localhost" belongs to project "shop".*at 5:11/,
    );
  });

  const bomb = [
    "a: &a [x, x, x, x, x, x, x, x, x, x]",
    ..."bcdefg"
      .split("")
      .map((name, index) => `${name}: &${name} [${Array(10).fill(`*${"abcdef"[index]}`).join(", ")}]`),
  ].join("\n");
  for (const [what, text, expected] of [
    ["of 10 MB", `projects:\n${"  # padding\n".repeat(900_000)}`, /MB|bytes|large|long/i],
    ["with a bomb of aliases", `${bomb}\nprojects: {}\n`, /more than 500000 values/],
    ["with a key twice", "projects: {}\nprojects: {}\n", /key "projects" is there already, on line 1/],
    ["with tabs", "projects:\n\tshop: {}\n", /[Tt]ab/],
    ["with an unknown key", "projects: {}\nproject: {}\n", /unknown key "project".*did you mean "projects"/],
    ["of a wrong type", "projects: [shop]\n", /projects: found a list of 1; allowed: a map/],
  ] as const) {
    it(`fault 43 a file ${what} is refused with its place`, () => {
      const found = ofProjects(text);
      assert.ok(found.length >= 1);
      assert.match(found.join("\n"), expected);
      for (const line of found) assert.match(line, /^projects\.yml:\d+:\d+ /);
    });
  }

  it("fault 43 no tenant at all is allowed, and all mistakes of a file are said at once", () => {
    assert.deepEqual(ofProjects("projects: {}\n"), []);
    const found = ofShop({ domains: { local: ["$host"] }, databse: "shared", containers: { web: { port: "80" } } });
    assert.equal(found.length, 4, found.join("\n"));
  });

  for (const image of [
    "--privileged",
    ";rm -rf /",
    "$(id)",
    "`id`",
    "web",
    "docker.io/library/web:latest",
    `registry.test/web:1@${DIGEST}`,
    `registry.test/web@${DIGEST} --privileged`,
    `registry.test/../web@${DIGEST}`,
    `web@${DIGEST}`,
  ]) {
    it(`fault 44 the image ${JSON.stringify(image.slice(0, 40))} is refused, in a release and as an accessory`, () => {
      const images = { gateway: DIGEST, postgres: DIGEST, registry: DIGEST };
      const releases = { shop: { live: { version: "1", images: { web: image } } } };
      const text = stringify({ config: { "slipway:images": images, "slipway:releases": releases } });
      const projects = loadProjects(stringify({ projects: { shop: project({}) } }), "projects.yml", "local");
      refusedOnce(
        mistakes(() => loadStackConfig(text, "Pulumi.local.yaml", "local", projects)),
        /^Pulumi\.local\.yaml:\d+:\d+ config\/slipway:releases\/shop\/live\/images\/web: found .*an image by digest/,
      );
      const accessories = { cache: { image, health: { command: ["ping"] } } };
      refusedOnce(ofShop({ accessories }), /accessories\/cache\/image: found .*an image by digest/);
    });
  }

  for (const version of ["$(id)", "1;2", "--force", "1 2", "", "a".repeat(101)]) {
    it(`fault 44 the version ${JSON.stringify(version.slice(0, 20))} is refused`, () => {
      const images = { gateway: DIGEST, postgres: DIGEST, registry: DIGEST };
      const releases = { shop: { live: { version, images: { web: `registry.test/web@${DIGEST}` } } } };
      const text = stringify({ config: { "slipway:images": images, "slipway:releases": releases } });
      const projects = loadProjects(stringify({ projects: { shop: project({}) } }), "projects.yml", "local");
      const found = mistakes(() => loadStackConfig(text, "Pulumi.local.yaml", "local", projects));
      refusedOnce(found, /releases\/shop\/live\/version: found .*; allowed: 1 to 100 letters/);
    });
  }
});
