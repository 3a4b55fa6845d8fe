import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, rm, stat, truncate } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { leaveLock, lockFolder } from "./support/left-lock";
import { sampleRelease } from "./support/machine-images";
import { helloLike, onlyHello } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

const HOST = "hello.localhost";

describe("bad input and broken circumstances", function () {
  this.timeout(90_000);
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create({ projects: onlyHello() });
    await configure("1.0.0");
    await stack.succeed("config", "set", "--secret", "--path", "slipway:variables.hello.API_TOKEN", "of the tests");
  });
  after(() => stack?.[Symbol.asyncDispose]());

  async function configure(version: string): Promise<void> {
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", version, stack.registryPort) } } });
  }

  /** What must be the same after a command that had to do nothing. */
  async function everything() {
    const containers = (await stack.containers()).map(({ Id, State }) => `${Id} ${State}`).sort();
    return { containers, state: await readFile(stack.checkpointFile, "utf8") };
  }

  const settled = () => stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");

  it("the gateway's port is taken: exit 1, the port is named, and once it is free the next `up` goes on", async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(stack.gatewayPort, "127.0.0.1", done));
    const run = await stack.up();
    await new Promise((done) => server.close(done));
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, new RegExp(`127\\.0\\.0\\.1:${stack.gatewayPort}.*(already in use|already allocated)`));
    await stack.deployed();
    assert.equal((await stack.get(HOST)).status, 200);
    await settled();
  });

  describe("in projects.yml", () => {
    const { hello } = onlyHello().projects;
    const web = hello?.containers.web;
    const cases: [what: string, content: string | object, ...expected: RegExp[]][] = [
      ["MT-01 that is not YAML", "projects:\n  hello: [\n", /projects\.yml:\d+:\d+ not YAML: /],
      [
        "MT-01 with an unknown key: the nearest known one is named",
        { projects: { hello: { ...hello, containers: { web: { ...web, prot: 8080 } } } } },
        /projects\.yml:\d+:\d+ projects\/hello\/containers\/web\/prot: .*did you mean "port"/,
      ],
      [
        "MT-01 with two projects of one domain: both are named",
        { projects: { hello, dinghy: { ...helloLike("dinghy"), domains: { local: [HOST] } } } },
        /projects\/dinghy\/domains\/local\/0: "hello\.localhost" .*hello/,
      ],
      [
        "MT-01 with a required variable that nothing sets: it is named",
        { projects: { hello: { ...hello, variables: { required: ["SMTP_HOST"] } } } },
        /SMTP_HOST/,
      ],
      [
        "MT-02 with a domain that would end a directive of nginx",
        { projects: { hello: { ...hello, domains: { local: ["a.com; return 200 x;"] } } } },
        /projects\/hello\/domains\/local\/0: found "a\.com; return 200 x;"; allowed: a host name like/,
      ],
      [
        "MT-01 with three mistakes: all are told in one run",
        { projects: { hello: { ...hello, databse: "none", containers: { web: { ...web, port: 0, tmpfs: "/x" } } } } },
        /projects\/hello\/databse: .*did you mean "database"/,
        /containers\/web\/port: .*a whole number from 1 to 65535/,
        /containers\/web\/tmpfs: /,
      ],
    ];
    for (const [what, content, ...expected] of cases) {
      it(`${what}; exit 1, nothing is touched`, async () => {
        const before = await everything();
        if (typeof content === "string") await stack.write("projects.yml", content);
        else await stack.declare(content);
        const run = await stack.up();
        await stack.declare(onlyHello());
        assert.equal(run.code, 1, run.output);
        for (const pattern of expected) assert.match(run.output, pattern);
        assert.doesNotMatch(run.output, /^\s+at .*\(.*:\d+:\d+\)/m, "a stack trace says nothing to an operator");
        assert.equal((await everything()).containers.join(), before.containers.join());
        await settled();
      });
    }
  });

  it("PU-09 a wrong passphrase is refused before anything is touched", async () => {
    const before = await everything();
    const run = await stack.start(["up", "--yes", "--skip-preview"], { env: { PULUMI_CONFIG_PASSPHRASE: "wrong" } })
      .done;
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /incorrect passphrase/);
    assert.deepEqual(await everything(), before);
  });

  it("Docker is not running: exit 1, says so and what to try; nothing is lost", async () => {
    const before = await everything();
    await configure("1.1.0");
    const env = { DOCKER_HOST: `unix://${stack.folder}/nobody-listens.sock` };
    const run = await stack.start(["up", "--yes", "--skip-preview"], { env }).done;
    await configure("1.0.0");
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /Docker is not reached at unix:\S+ \(ENOENT\)\. Is it running/);
    assert.deepEqual((await everything()).containers, before.containers);
    // The address is part of the state, as Pulumi's plugin has it: an `up` that reaches Docker puts it right.
    await stack.deployed();
    assert.deepEqual((await everything()).containers, before.containers);
    await settled();
  });

  for (const [what, size] of [
    ["cut in half", 0.5],
    ["empty", 0],
  ] as const) {
    it(`a state file that is ${what}: the last good generation is used, said loudly, and nothing is lost`, async () => {
      // Two generations that are alike, so that the last good one knows everything.
      await stack.succeed("refresh", "--yes", "--skip-preview");
      await stack.succeed("refresh", "--yes", "--skip-preview");
      const before = await everything();
      await truncate(stack.checkpointFile, Math.floor((await stat(stack.checkpointFile)).size * size));
      const preview = await stack.succeed("preview");
      assert.match(preview.output, /warning: the state .* is unusable/);
      assert.match(preview.output, /warning: the last good generation is used instead/);
      await stack.deployed();
      assert.deepEqual((await everything()).containers, before.containers);
      const after = await settled();
      assert.doesNotMatch(after.output, /unusable/, "the state was not written anew");
    });
  }

  describe("the stack's lock", () => {
    it("of a process that is gone is taken over, with a line that says so", async () => {
      const gone = Number(execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }));
      await leaveLock(stack, gone);
      const run = await settled();
      assert.match(run.output, new RegExp(`Taking over the lock .*pid ${gone}.*: that process is gone`));
    });

    it("of a running `up` is respected: exit 1 with the holder and since when; `cancel` removes a foreign one", async () => {
      await configure("1.1.0");
      const first = stack.start(["up", "--yes", "--skip-preview"]);
      const file = await until("its lock", () => lockedBy(first.child.pid as number), 10);
      first.child.kill("SIGSTOP");
      try {
        const second = await stack.up();
        assert.equal(second.code, 1, second.output);
        assert.match(second.output, new RegExp(`currently locked by 1 lock.*pid ${first.child.pid}`, "s"));
        assert.equal((await stat(file)).isFile(), true, "the lock of a running process was removed");
      } finally {
        first.child.kill("SIGCONT");
      }
      const run = await first.done;
      assert.equal(run.code, 0, run.output);
      await configure("1.0.0");
      await stack.deployed();

      await leaveLock(stack, process.pid);
      assert.equal((await stack.up()).code, 1);
      await stack.succeed("cancel", "--yes", stack.name);
      await settled();
    });

    async function lockedBy(pid: number): Promise<string | undefined> {
      const names = execFileSync("ls", [lockFolder(stack)], { encoding: "utf8" }).split("\n");
      for (const name of names.filter((name) => name.endsWith(".json"))) {
        const file = join(lockFolder(stack), name);
        if ((JSON.parse(await readFile(file, "utf8")) as { pid: number }).pid === pid) return file;
      }
      return undefined;
    }
  });

  it("the disk is full when the state is written: exit 1, the state is as it was, nothing new starts", async function () {
    const small = join(stack.folder, "small-disk");
    await mkdir(small);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "slipway-test", small], { stdio: "pipe" });
    } catch (error) {
      console.log(`        skipped: a small file system cannot be mounted here (${(error as Error).message.trim()})`);
      this.skip();
    }
    try {
      execFileSync("cp", ["-a", join(stack.folder, ".pulumi"), small]);
      const filler = join(small, "filler");
      execFileSync("sh", ["-c", 'cat /dev/zero >"$0" 2>/dev/null || true', filler]);
      const env = { PULUMI_BACKEND_URL: `file://${small}` };
      const checkpoint = join(small, ".pulumi/stacks/slipway", `${stack.name}.json`);
      const before = { ...(await everything()), state: await readFile(checkpoint, "utf8") };
      await configure("1.1.0");
      // Not even the lock fits; then the lock does and the state does not.
      for (const freeBytes of [0, 32 * 1024]) {
        await truncate(filler, (await stat(filler)).size - freeBytes);
        await using load = stack.load(HOST);
        const run = await stack.start(["up", "--yes", "--skip-preview"], { env }).done;
        assert.deepEqual((await load.stop()).failures, []);
        assert.equal(run.code, 1, run.output);
        assert.match(run.output, /ENOSPC|no space left/i);
        assert.match(run.output, /make room/);
        assert.equal(await readFile(checkpoint, "utf8"), before.state);
        assert.deepEqual((await everything()).containers, before.containers);
      }

      await rm(filler);
      const again = await stack.start(["up", "--yes", "--skip-preview"], { env }).done;
      assert.equal(again.code, 0, again.output);
      assert.match((await stack.get(HOST)).body, /1\.1\.0/);
      execFileSync("cp", ["-a", join(small, ".pulumi"), stack.folder]);
      await settled();
    } finally {
      execFileSync("umount", [small]);
    }
  });
});
