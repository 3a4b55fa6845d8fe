import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { allEnded } from "../../host/all-ended";
import { ImageBuilder } from "./image-builder";
import { Progress } from "./progress";
import type { BuildRecipe, DebianRecipe } from "./recipes";

const debian: DebianRecipe = { kind: "debian", name: "debian", suite: "trixie", include: [], hubImage: "debian" };

function recipe(name: string, from: BuildRecipe["from"]["recipe"] = debian): BuildRecipe {
  return { kind: "build", name, folder: "app", from: { argument: "BASE", recipe: from } };
}

describe("images are built", () => {
  const proxy = Object.entries(process.env).filter(([name]) => /_proxy$/i.test(name));
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-builder-"));
    mkdirSync(join(root, "app"));
    writeFileSync(join(root, "app/Dockerfile"), "FROM x\n");
    withoutProxy();
  });
  afterEach(() => {
    withoutProxy();
    Object.assign(process.env, Object.fromEntries(proxy));
    rmSync(root, { recursive: true });
  });

  function withoutProxy(): void {
    for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) delete process.env[name];
  }

  /** An engine that has Debian, and whose builds answer as they are told. */
  function engine(build: (name: string, options: Docker.ImageBuildOptions) => Promise<object[]>): Docker {
    const made = new Set<string>();
    return {
      getImage: (name: string) => ({
        inspect: async () => {
          if (name.startsWith("slipway-debian:") || made.has(name)) return { Id: name };
          throw Object.assign(new Error("no such image"), { statusCode: 404 });
        },
        tag: async () => undefined,
      }),
      buildImage: async (context: Readable, options: Docker.ImageBuildOptions) => {
        context.resume();
        const name = (options.labels as Record<string, string>)["slipway.image"] as string;
        const messages = [...(await build(name, options)), { aux: { ID: `id-${name}` } }];
        made.add(`id-${name}`);
        return Readable.from(messages.map((message) => `${JSON.stringify(message)}\n`));
      },
    } as unknown as Docker;
  }

  function builder(engineOfTest: Docker, lines: string[] = []): ImageBuilder {
    return new ImageBuilder(engineOfTest, root, new Progress((text) => lines.push(text)), join(root, "log"), false, 2);
  }

  it("with the variables of the machine's proxy, where there are some", async () => {
    const given: Docker.ImageBuildOptions["buildargs"][] = [];
    const record = engine(async (_, { buildargs }) => {
      given.push(buildargs);
      return [];
    });
    assert.equal(await builder(record).image(recipe("a")), "id-a");
    process.env.https_proxy = "http://proxy.test:3128";
    await builder(record).image(recipe("b"));
    const [{ BASE, ...first } = {}, { BASE: _, ...second } = {}] = given as Record<string, string>[];
    assert.match(BASE ?? "", /^slipway-debian:/);
    assert.deepEqual(first, {});
    assert.deepEqual(second, { https_proxy: "http://proxy.test:3128", HTTPS_PROXY: "http://proxy.test:3128" });
  });

  it("and neither their log nor their error shows the proxy's password", async () => {
    process.env.HTTP_PROXY = "http://ann:s3cret@proxy.test:3128";
    const failing = engine(async () => [{ stream: "via ann:s3cret@proxy.test\n" }, { error: "no ann:s3cret@proxy" }]);
    await assert.rejects(builder(failing).image(recipe("a")), ({ message }: Error) => {
      assert.match(message, /\| via \*{3}@proxy\.test\n {2}\| no \*{3}@proxy\n/);
      assert.ok(!message.includes("s3cret"));
      return true;
    });
    assert.equal(readFileSync(join(root, "log/a.log"), "utf8"), "via ***@proxy.test\nno ***@proxy\n");
  });

  it("no more after the first that failed, and the end of those under way is waited for", async () => {
    const begun: string[] = [];
    const fail = new Turn();
    const finish = new Turn();
    const turns = engine(async (name) => {
      begun.push(name);
      if (name === "a") await fail.come;
      if (name === "b") await finish.come;
      return name === "b" ? [] : [{ error: `${name} is broken` }];
    });
    const lines: string[] = [];
    const images = builder(turns, lines);
    const b = recipe("b");
    const recipes = [recipe("a"), b, recipe("c", b), recipe("d")];
    let outcome: unknown;
    const all = allEnded(recipes.map((each) => images.image(each))).then(
      () => assert.fail("no image failed"),
      (error: Error) => {
        outcome = error;
      },
    );
    await until(() => begun.length === 2);
    fail.now();
    await until(() => lines.length === 3);
    assert.equal(outcome, undefined);
    finish.now();
    await all;

    assert.match(String(outcome), /image a could not be built\n {2}\| a is broken\n/);
    assert.deepEqual(begun.sort(), ["a", "b"]);
    assert.deepEqual(
      lines.map((line) => line.replace(/[\d.]+ s/, "N s")),
      [
        "slipway: image a: making\n",
        "slipway: image b: making\n",
        "slipway: image a: failed; no other image is begun\n",
        "slipway: image b: ready after N s\n",
      ],
    );
  });
});

/** Something that is waited for. */
class Turn {
  now: () => void = () => undefined;
  readonly come = new Promise<void>((done) => {
    this.now = done;
  });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((done) => setImmediate(done));
}
