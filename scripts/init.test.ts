import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadProjects } from "../config/projects-file";
import { run } from "./init";

const CHECKOUT = resolve(__dirname, "..");

describe("init", () => {
  let folder: string;
  let before: string;
  let output: { stdout: string; stderr: string };
  const original = { stdout: process.stdout.write, stderr: process.stderr.write };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-init-"));
    before = process.cwd();
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });

  async function init(...args: string[]): Promise<number> {
    output = { stdout: "", stderr: "" };
    for (const channel of ["stdout", "stderr"] as const) {
      process[channel].write = ((text: string) => {
        output[channel] += text;
        return true;
      }) as typeof process.stdout.write;
    }
    try {
      return await run(args);
    } finally {
      process.stdout.write = original.stdout;
      process.stderr.write = original.stderr;
    }
  }

  it("MT-01 writes a file that is valid, that editors know the schema of, and shows every default once", async () => {
    assert.equal(await init("--yes", "--name", "blog"), 0, "no question");
    const text = readFileSync("projects.yml", "utf8");
    const [, schema = ""] = /^# yaml-language-server: \$schema=(.*)\n/.exec(text) ?? [];
    assert.equal(resolve(folder, schema), join(CHECKOUT, "docs/projects.schema.json"));
    assert.ok(existsSync(schema));
    const [blog] = loadProjects(text, "projects.yml", "local");
    assert.deepEqual(
      [blog?.name, blog?.domains, blog?.containers.map(({ name, port }) => [name, port])],
      ["blog", ["blog.localhost"], [["web", 8080]]],
    );
    for (const shown of ["blog.localhost", "8080", "database     none", "watched for"]) {
      assert.equal(output.stdout.split(shown).length, 2, shown);
    }
  });

  it("SC-14 overwrites nothing", async () => {
    writeFileSync("projects.yml", "projects: {}\n");
    assert.equal(await init("--yes"), 1);
    assert.match(output.stderr, /^error: projects\.yml is there already, and stays as it is\nhint: /);
    assert.equal(readFileSync("projects.yml", "utf8"), "projects: {}\n");
    assert.equal(await init("--yes", "--file", "other.yml", "--json"), 0);
    assert.deepEqual(JSON.parse(output.stdout), {
      ...{ schemaVersion: 1, result: "succeeded", file: "other.yml" },
      project: { name: "shop", domain: "shop.localhost", port: "8080" },
    });
  });

  it("writes nothing that `up` would refuse, and says what is allowed", async () => {
    for (const [args, message] of [
      [["--name", "A: b\n"], /"A: b\\n"|A: b/],
      [["--port", "http"], /port/],
      [["--port", "99999"], /port/],
      [["--domain", "a;b"], /a;b/],
    ] as const) {
      assert.equal(await init("--yes", ...args), 1, args.join(" "));
      assert.match(output.stderr, /^error: projects\.yml:\d+:\d+ /, args.join(" "));
      assert.match(output.stderr, message);
      assert.ok(!existsSync("projects.yml"));
    }
  });

  it("does not wait for an answer where there is no terminal", () => {
    const program = join(CHECKOUT, "scripts/init.ts");
    const script = `require(${JSON.stringify(program)}).run([]).then((code) => process.exit(code))`;
    const register = join(CHECKOUT, "node_modules/ts-node/register/transpile-only");
    const { status, stderr } = spawnSync(process.execPath, ["--require", register, "-e", script], {
      cwd: CHECKOUT,
      encoding: "utf8",
    });
    assert.equal(status, 1);
    assert.match(stderr, /^error: nobody is asked here; --yes takes the defaults\n/);
  });
});
