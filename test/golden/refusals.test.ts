import assert from "node:assert/strict";
import { ProjectFolder } from "./project-folder";

const imports = ["command", "docker", "pulumi", "random"]
  .map((name) => `import * as ${name} from "@pulumi/${name}";`)
  .join("\n");

/** A program that this engine does not run, and what the refusal names. */
interface Refusal {
  refused: string;
  names: RegExp;
}

const refusals: { [what: string]: Refusal } = {
  hooks: {
    refused: `
      const hook = new pulumi.ResourceHook("hook", () => undefined);
      new command.local.Command("c", { create: "true" }, { hooks: { beforeCreate: [hook] } });`,
    names: /hook/i,
  },
  "the import option": {
    refused: 'new random.RandomId("c", { byteLength: 4 }, { import: "AAAAAA" });',
    names: /import/,
  },
  transforms: {
    refused: `
      pulumi.runtime.registerResourceTransform(() => undefined);
      new command.local.Command("c", { create: "true" });`,
    names: /transform/i,
  },
  "a resource that no built-in provider has": {
    refused: 'new docker.Secret("c", { data: "eA==" });',
    names: /docker:index\/secret:Secret/,
  },
  "a function that no built-in provider has": {
    refused: 'export const data = docker.getRegistryImageOutput({ name: "127.0.0.1:1/none:1" });',
    names: /getRegistryImage/,
  },
};

describe("what this engine does not do", function () {
  this.timeout(60_000);

  for (const [what, { refused, names }] of Object.entries(refusals)) {
    it(`is refused by name, and nothing is changed: ${what}`, async () => {
      const project = new ProjectFolder("refusals");
      const up = async (program: string) => {
        project.write("index.ts", `${imports}\n${program}\n`);
        return project.command(["pulumi", "up", "--yes", "--skip-preview", "--suppress-progress"]);
      };
      const resources = async () => {
        const exported = JSON.parse((await project.command(["pulumi", "stack", "export"])).stdout) as {
          deployment: { resources?: { urn: string; id?: string; type: string }[] };
        };
        return (exported.deployment.resources ?? [])
          .filter(({ type }) => !type.startsWith("pulumi:"))
          .map(({ urn, id }) => `${urn} ${id}`)
          .sort();
      };
      try {
        project.write("Pulumi.yaml", "name: refusals\nruntime: nodejs\n");
        assert.equal((await project.command(["pulumi", "stack", "init", "dev"])).exitCode, 0);
        assert.equal((await up('new command.local.Command("kept", { create: "true" });')).exitCode, 0);
        const before = await resources();
        const { exitCode, stdout, stderr } = await up(refused);
        assert.equal(exitCode, 1, stdout);
        assert.match(stdout + stderr, names);
        assert.match(stdout + stderr, /use Pulumi's CLI for this/i);
        assert.deepEqual(await resources(), before);
      } finally {
        project.remove();
      }
    });
  }

  const commands: { [what: string]: { yaml?: string; argv: string[]; names: RegExp } } = {
    "typed configuration of the project": {
      yaml: "config:\n  size:\n    type: integer\n",
      argv: ["preview"],
      names: /Pulumi\.yaml.*config/,
    },
    "a flag of Pulumi's CLI": { argv: ["up", "--yes", "--policy-pack", "x"], names: /--policy-pack/ },
    "a command of Pulumi's CLI": { argv: ["stack", "change-secrets-provider", "x"], names: /change-secrets-provider/ },
  };
  for (const [what, { yaml = "", argv, names }] of Object.entries(commands)) {
    it(`is refused by name: ${what}`, async () => {
      const project = new ProjectFolder("refusals");
      try {
        project.write("Pulumi.yaml", "name: refusals\nruntime: nodejs\n");
        project.write("index.ts", "");
        assert.equal((await project.command(["pulumi", "stack", "init", "dev"])).exitCode, 0);
        project.write("Pulumi.yaml", `name: refusals\nruntime: nodejs\n${yaml}`);
        const { exitCode, stdout, stderr } = await project.command(["pulumi", ...argv, "--non-interactive"]);
        assert.notEqual(exitCode, 0);
        assert.match(stdout + stderr, names);
        assert.match(stdout + stderr, /use Pulumi's CLI for this/i);
      } finally {
        project.remove();
      }
    });
  }
});
