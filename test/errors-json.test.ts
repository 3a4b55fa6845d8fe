import assert from "node:assert/strict";
import { sampleRelease } from "./support/machine-images";
import { onlyHello } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

interface ErrorJson {
  code: string;
  severity: string;
  message: string;
  field?: string;
  file?: string;
  line?: number;
  suggestions?: string[];
  schemaVersion: number;
}

describe("errors for programs: --json", function () {
  this.timeout(120_000);
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create({ projects: onlyHello() });
    const live = await sampleRelease("hello", "1.0.0", stack.registryPort);
    await stack.configure({ releases: { hello: { live } } });
  });
  after(() => stack?.[Symbol.asyncDispose]());

  /** Its exit code and the errors on stderr; stdout is what it would be without them. */
  async function failing(...args: string[]): Promise<{ code: number | null; stdout: string; errors: ErrorJson[] }> {
    const { code, stdout, stderr } = await stack.slipway(...args, "--json");
    const lines = stderr.split("\n").filter((line) => line.startsWith('{"error":'));
    const errors = lines.map((line) => JSON.parse(line).error as ErrorJson);
    assert.ok(errors.length > 0, stderr);
    for (const { severity, schemaVersion } of errors) assert.deepEqual([severity, schemaVersion], ["error", 1]);
    return { code, stdout, errors };
  }

  const codes = ({ code, errors }: Awaited<ReturnType<typeof failing>>) => [code, errors.map((error) => error.code)];

  it("a mistake in projects.yml has its file, line, path and guess, whichever command finds it", async () => {
    const { hello } = onlyHello().projects;
    await stack.declare({ projects: { hello: { ...hello, databse: "none" } } });
    for (const [command, ...args] of [["deploy", "hello"], ["rollback"], ["preview"], ["up", "--yes"]] as string[][]) {
      const { code, errors } = await failing(command as string, ...args);
      assert.equal(code, 1, command);
      const { message, line, ...mistake } = errors.find(({ file }) => file !== undefined) as ErrorJson;
      assert.ok((line ?? 0) > 1);
      assert.match(message, /^unknown key "databse"; allowed: /);
      assert.deepEqual(mistake, {
        ...{
          code: "slipway.config.unknown_key",
          severity: "error",
          field: "projects/hello/databse",
          file: "projects.yml",
        },
        ...{ column: 5, suggestions: ["database"], docs: "docs/projects.reference.yml", schemaVersion: 1 },
      });
    }
    await stack.declare(onlyHello());
  });

  it("a wrong use, an unknown stack and a stack's own mistakes have codes of their own", async () => {
    assert.deepEqual(codes(await failing("up", "--frobnicate")), [1, ["slipway.usage"]]);
    assert.deepEqual(codes(await failing("deploy", "--frobnicate")), [1, ["slipway.usage"]]);
    assert.deepEqual(codes(await failing("rollback", "--color=blue")), [1, ["slipway.usage"]]);
    assert.deepEqual(codes(await failing("preview", "--stack", "nowhere")), [6, ["slipway.stack.not_found"]]);
    assert.deepEqual(codes(await failing("backup", "--stack", "nowhere")), [1, ["slipway.backup.failed"]]);
    await stack.configure({ gatway: { port: 1 } });
    const { errors } = await failing("backup", "hello");
    assert.deepEqual([errors[0]?.code, errors[0]?.file], ["slipway.config.unknown_key", `Pulumi.${stack.name}.yaml`]);
    await stack.succeed("config", "rm", "slipway:gatway");
  });

  it("a deploy tells its outcome alone on stdout; what is logged and shown goes to stderr", async () => {
    await stack.deployed();
    const { stdout, stderr } = await stack.succeed("deploy", "hello", "1.1.0", "--json");
    const { seconds, run, ...outcome } = JSON.parse(stdout);
    assert.match(stderr, new RegExp(`INFO: Run ${run} \\(runs show ${run}\\)\n`));
    assert.deepEqual([outcome, seconds > 0], [{ schemaVersion: 1, result: "succeeded", stack: stack.name }, true]);
    assert.match(stderr, /INFO: Deployment successful: 1\.1\.0\n/);

    const shown = JSON.parse((await stack.succeed("runs", "show", run, "--json")).stdout);
    const { command, outcome: result, steps, lines } = shown;
    assert.deepEqual([shown.run, command, result], [run, "deploy hello 1.1.0 --json", "succeeded"]);
    const deployed = steps.find(({ operation }: { operation: string }) => operation === "deploy");
    assert.match(deployed.to, /1\.1\.0/);
    assert.ok(lines.some(({ message }: { message: string }) => message === "Deployment successful: 1.1.0"));
    const listed = JSON.parse((await stack.succeed("runs", "--json", "--limit", "1")).stdout);
    assert.deepEqual([listed.schemaVersion, listed.runs.length, listed.runs[0].run], [1, 1, run]);
  });

  it("failures of the commands on a project have a code for each exit code", async () => {
    const cases: [number, string, ...string[]][] = [
      [1, "slipway.deploy.failed", "deploy", "hello", "9.9.9"],
      [2, "slipway.rollback.version_not_found", "rollback", "hello", "9.9.9"],
      [1, "slipway.backup.failed", "backup", "nobody"],
      [2, "slipway.restore.backup_not_found", "restore", "hello", "backup_20200101_000000", "--yes"],
      [1, "slipway.health_check.failed", "health-check", "nothing"],
      [1, "slipway.health_check.failed", "health-check", "--stack", "nowhere"],
      [1, "slipway.deployment_status.failed", "deployment-status", "nobody"],
      [1, "slipway.usage", "deployment-status", "--histroy"],
      [1, "slipway.runs.failed", "runs", "show", "20200101-000000-abcdef"],
    ];
    for (const [exitCode, expected, ...args] of cases) {
      const { code, stdout, errors } = await failing(...args);
      assert.deepEqual([code, errors.map((error) => error.code), stdout], [exitCode, [expected], ""], args.join(" "));
      assert.ok(errors[0]?.message);
    }
    const { errors } = await failing("deployment-status", "helo");
    assert.deepEqual(errors[0]?.suggestions, ["hello"]);
  });
});
