import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runLocalProcess } from "../../engine/providers/command/local-process";
import { OutputCollector } from "../../engine/providers/command/output-collector";
import type { ProjectFile } from "../../engine/stack-file/project-file";
import { until } from "../../test/support/until";
import { HostAhead } from "./host-ahead";

/** Speaks as the host program does: says who it is, and what it was sent. */
const PROGRAM = `
const [mode, verb] = process.argv.slice(2);
const tell = (environment) => {
  process.stdin.setEncoding("utf8");
  let request = "";
  process.stdin.on("data", (text) => { request += text; });
  process.stdin.on("end", () => console.log(\`\${verb ?? mode} \${mode} \${environment.GIVEN} \${request} \${process.pid}\`));
};
if (mode !== "ahead") tell(process.env);
else if (process.env.DIES) process.exit(3);
else {
  const end = () => process.exit(1);
  process.once("message", (environment) => { process.off("disconnect", end); process.disconnect(); tell(environment); });
  process.once("disconnect", end);
  process.send("ready");
}
`;

describe("host commands started ahead", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-ahead-"));
    mkdirSync(join(folder, ".slipway/opt/slipway"), { recursive: true });
    writeFileSync(join(folder, ".slipway/opt/slipway/host.js"), PROGRAM);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = async (ahead: HostAhead, verb: string, directory = folder) => {
    const { stdout } = await runLocalProcess({
      ...{ command: `exec node .slipway/opt/slipway/host.js ${verb}`, directory, stdin: "request", ahead },
      environment: { ...process.env, GIVEN: "environment" },
      output: new OutputCollector(undefined, () => undefined),
      signal: new AbortController().signal,
    });
    const [name, mode, given, request] = stdout.split(" ");
    return { name, mode, given, request };
  };
  const start = () => HostAhead.start(folder) ?? assert.fail("the program is not found");
  const asked = { given: "environment", request: "request" };

  it("get the environment and the request of the command, in the order of a deploy and with what follows", async () => {
    using ahead = start();
    for (const name of ["preflight", "pre-deploy-backup", "rollout", "retire"]) {
      assert.deepEqual(await run(ahead, name), { name, mode: "ahead", ...asked });
    }
  });

  it("wait only where the stack's host is this machine, and nothing is said of a file that is none", async () => {
    const project = { root: folder, stackFolder: folder } as ProjectFile;
    const starts = async (config: string) => {
      writeFileSync(join(folder, "Pulumi.some.yaml"), config);
      using ahead = await HostAhead.forStack(project, "some");
      return ahead !== undefined;
    };
    assert.equal(await starts("config:\n  slipway:environment: staging\n"), true);
    assert.equal(await starts("config:\n  slipway:host:\n    address: 192.0.2.1\n"), false);
    assert.equal(await starts("config: [\n"), false);
    rmSync(join(folder, ".slipway"), { recursive: true });
    assert.equal(await starts(""), false);
  });

  it("are started when it is their turn where nothing waits for them", async () => {
    using ahead = start();
    assert.deepEqual(await run(ahead, "migrate"), { name: "migrate", mode: "migrate", ...asked });
    await run(ahead, "preflight");
    assert.deepEqual(await run(ahead, "preflight"), { name: "preflight", mode: "preflight", ...asked });
    assert.equal(ahead.take("exec node .slipway/opt/slipway/host.js rollout", "/", {}), undefined);
  });

  it("are started when it is their turn where those that waited have died", async () => {
    process.env.DIES = "1";
    try {
      using ahead = start();
      await until(
        "its end",
        async () => (await run(ahead, "preflight").catch(() => undefined))?.mode === "preflight",
        5,
      );
    } finally {
      delete process.env.DIES;
    }
  });

  it("end when they are not needed", async () => {
    const ahead = start();
    const [child] = [...(ahead as unknown as { waiting: Map<string, { exitCode: number | null }> }).waiting.values()];
    ahead[Symbol.dispose]();
    await until("its end", async () => child?.exitCode === 1, 5);
  });
});
