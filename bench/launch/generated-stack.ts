import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { type Place, type TimedRun, timedRun } from "./timed-run";

const REPOSITORY = resolve(__dirname, "../..");

/** Half of the resources are random passwords, half are local commands that echo. */
const PROGRAM = `import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const resources = new pulumi.Config().requireNumber("resources");
for (let i = 0; i < resources / 2; i++) {
  new random.RandomPassword(\`password-\${i}\`, { length: 24 });
  new command.local.Command(\`echo-\${i}\`, { create: \`echo \${i}\` });
}
`;

export interface GeneratedRuns {
  up: TimedRun;
  /** After it, so without changes. */
  preview: TimedRun;
}

/** A Pulumi program of its own in a folder of its own, that declares as many resources as it is told. */
export class GeneratedStack implements AsyncDisposable {
  private stacks = 0;

  private constructor(private readonly place: Place) {}

  static async create(): Promise<GeneratedStack> {
    const folder = await mkdtemp(join(tmpdir(), "slipway-generated-"));
    const project = { name: "generated", runtime: { name: "nodejs" }, backend: { url: "file://." } };
    await writeFile(join(folder, "Pulumi.yaml"), stringify(project));
    await writeFile(join(folder, "index.ts"), PROGRAM);
    await writeFile(
      join(folder, "package.json"),
      JSON.stringify({ name: "generated", private: true, main: "index.ts" }),
    );
    for (const entry of ["node_modules", "tsconfig.json"]) await symlink(join(REPOSITORY, entry), join(folder, entry));
    return new GeneratedStack({ folder, env: { PULUMI_CONFIG_PASSPHRASE: "of a benchmark" } });
  }

  /** Creates the resources in a new stack; they leave nothing behind but the stack's files. */
  async run(resources: number): Promise<GeneratedRuns> {
    this.stacks += 1;
    const stack = `s${this.stacks}`;
    await timedRun(this.place, "stack", "init", stack);
    await timedRun(this.place, "config", "set", "--stack", stack, "resources", String(resources));
    const up = await timedRun(this.place, "up", "--stack", stack, "--yes", "--skip-preview");
    const preview = await timedRun(this.place, "preview", "--stack", stack, "--expect-no-changes");
    if (!up.stdout.includes(`+ ${resources + 1} created`)) {
      throw new Error(`up did not say that it created ${resources} resources and the stack\n${up.stdout.slice(-2000)}`);
    }
    return { up, preview };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.place.folder, { recursive: true, force: true });
  }
}
