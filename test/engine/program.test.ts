import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { DeploymentOptions } from "../../engine/deployment";
import { FakeStack } from "../../engine/fake-stack.fixture";
import { startProgram } from "../../engine/program/launch";
import { secret } from "../../engine/property-value";

const THING = `
import * as pulumi from "@pulumi/pulumi";
export class Thing extends pulumi.CustomResource {
  declare readonly out: pulumi.Output<string>;
  constructor(name: string, args: object = {}, opts: pulumi.CustomResourceOptions = {}) {
    super("fake:index:Thing", name, { out: undefined, ...args }, { version: "1.0.0", ...opts });
  }
}
`;

/** A Pulumi program in a folder of its own, run in a real process against a package in memory. */
class RealProgram implements Disposable {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "slipway-program-")));
  readonly stack = new FakeStack();

  constructor(text: string) {
    symlinkSync(resolve(__dirname, "../../node_modules"), join(this.root, "node_modules"));
    this.file("package.json", '{"name":"test","private":true,"main":"index.ts"}');
    this.file("thing.ts", THING);
    this.text = text;
  }

  set text(text: string) {
    this.file("index.ts", `import * as pulumi from "@pulumi/pulumi";\nimport { Thing } from "./thing";\n${text}\n`);
  }

  file(name: string, text: string): void {
    mkdirSync(join(this.root, name, ".."), { recursive: true });
    writeFileSync(join(this.root, name), text);
  }

  run(options: Partial<DeploymentOptions> = {}, main?: string) {
    const project = { name: "test", root: this.root, main, runtimeOptions: {} };
    return this.stack.run({ kind: "update", project, program: startProgram(project), ...options });
  }

  get output(): string[] {
    return this.stack.events.flatMap((event) => (event.kind === "diagnostic" ? [event.message.trimEnd()] : []));
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

describe("an unmodified program", function () {
  this.timeout(180_000);

  it("registers resources and outputs, with dependencies, secrets and source in several files", async () => {
    using program = new RealProgram(`
      class Group extends pulumi.ComponentResource {
        constructor(name: string) {
          super("test:mod:Group", name, {});
          new Thing("inside", {}, { parent: this });
          this.registerOutputs({ done: true });
        }
      }
      const a = new Thing("a", { key: pulumi.secret("hush") });
      const b = new Thing("b", { from: a.out });
      new Group("group");
      export const from = b.out;
      export const nested = { key: pulumi.secret("hush") };
    `);
    const { result, outputs, changes } = await program.run();
    assert.deepEqual([result, changes], ["succeeded", { create: 5 }]);
    assert.match(String(outputs?.from), /^out of b-/);
    assert.deepEqual(outputs?.nested, { key: secret("hush") });
    const { stack } = program;
    assert.deepEqual(stack.resource("b")?.dependencies, ["urn:pulumi:dev::test::fake:index:Thing::a"]);
    assert.equal(stack.resource("inside")?.urn, "urn:pulumi:dev::test::test:mod:Group$fake:index:Thing::inside");
    assert.deepEqual(stack.resource("group")?.outputs, { done: true });
    assert.deepEqual((await program.run()).changes, { same: 5 });
  });

  it("reads its configuration, secrets among it, and knows a preview", async () => {
    using program = new RealProgram(`
      const config = new pulumi.Config();
      export const plain = config.require("plain");
      export const token = config.requireSecret("token");
      export const list = config.requireObject<number[]>("list");
      export const dry = pulumi.runtime.isDryRun();
    `);
    const config = { "test:plain": "p", "test:token": "t", "test:list": "[1,2]" };
    const options = { config, configSecretKeys: ["test:token"] };
    const { outputs } = await program.run(options);
    assert.deepEqual(outputs, { dry: false, list: [1, 2], plain: "p", token: secret("t") });
    const preview = await program.run({ ...options, kind: "preview", writer: undefined });
    assert.equal(preview.outputs?.dry, true);
  });

  it("prints lines that are shown, and errors that name the place in its own source", async () => {
    using program = new RealProgram(`
      console.log("two\\nlines"); console.error("to stderr");
      pulumi.log.warn("careful");
      throw new Error("thrown on line 6");`);
    const { result } = await program.run();
    assert.equal(result, "failed");
    for (const line of ["two", "lines", "to stderr", "careful"]) assert.ok(program.output.includes(line), line);
    const [error = ""] = program.stack.errors;
    assert.match(error, /^Running program '.*\/index.ts' failed with an unhandled exception:\nError: thrown on line 6/);
    assert.match(stripVTControlCharacters(error), /index\.ts:6:13/);
  });

  it("that cannot be compiled is told with file, line and column; mended, it runs", async () => {
    using program = new RealProgram("const x = ;");
    assert.equal((await program.run()).result, "failed");
    assert.match(program.stack.errors[0] ?? "", /SyntaxError: index\.ts\(3,11\): error: Unexpected ";"/);
    program.text = "export const x = 1;";
    assert.deepEqual((await program.run()).outputs, { x: 1 });
    program.text = "export const x = 22;";
    assert.deepEqual((await program.run()).outputs, { x: 22 });
  });

  it("may lie in a folder or a file that main names, and knows where its files are", async () => {
    using program = new RealProgram("");
    program.file("inner/lib/where.ts", "export const folder = __dirname;");
    program.file(
      "inner/start.ts",
      'import { folder } from "./lib/where"; export const lib = folder; export const cwd = process.cwd();',
    );
    const inner = join(program.root, "inner");
    assert.deepEqual((await program.run({}, "inner/start.ts")).outputs, { cwd: inner, lib: join(inner, "lib") });
  });

  it("is told by name what this engine does not have", async () => {
    using program = new RealProgram("");
    for (const [text, what] of [
      ['new Thing("a", {}, { import: "id" })', "the option import"],
      ['new Thing("a", {}, { transforms: [() => undefined] })', "the option transforms"],
      ['new Thing("a", {}, { id: "id" })', "reading a resource"],
      ["pulumi.runtime.registerStackTransform(() => undefined)", "a stack transform"],
      ['new Thing("a", {}, { hooks: { beforeCreate: [async () => {}] } })', "a resource hook"],
      ['new pulumi.StackReference("organization/other/dev")', "reading a resource"],
      ['new Thing("a", { files: new pulumi.asset.FileArchive(".") })', "an archive of a folder"],
    ] as const) {
      program.text = `${text};`;
      assert.equal((await program.run()).result, "failed", text);
      const [told = ""] = program.stack.errors;
      assert.match(told, new RegExp(`^${what}.* is not supported by the embedded engine; use Pulumi's CLI`), text);
    }
  });

  it("that does not end after a failure does not keep the engine waiting", async () => {
    using program = new RealProgram('new Thing("a", { bad: 1 }); setInterval(() => {}, 1000);');
    const started = performance.now();
    assert.equal((await program.run()).result, "failed");
    assert.ok(performance.now() - started < 20_000);
  });
});
