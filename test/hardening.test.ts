import assert from "node:assert/strict";
import type Docker from "dockerode";
import { sampleRelease } from "./support/machine-images";
import { onlyHello } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

const MIB = 1024 * 1024;

describe("what a release's container may do", function () {
  this.timeout(60_000);
  let stack: TestStack;
  let defaults: Docker.ContainerInspectInfo;

  before(async () => {
    stack = await TestStack.create({ projects: onlyHello({ limits: undefined }) });
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) } } });
    await stack.deployed();
    defaults = await release();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  async function release(): Promise<Docker.ContainerInspectInfo> {
    const containers = await stack.containers({ "slipway.project": "hello" });
    assert.equal(containers.length, 1);
    return stack.docker.getContainer(containers[0]?.Id as string).inspect();
  }

  it("is limited in memory, processors, processes and the size of its log", () => {
    const { Memory, MemorySwap, NanoCpus, PidsLimit, LogConfig } = defaults.HostConfig;
    assert.equal(Memory, 256 * MIB);
    assert.equal(MemorySwap, 256 * MIB);
    assert.equal(NanoCpus, 1e9);
    assert.equal(PidsLimit, 256);
    assert.deepEqual(LogConfig, { Type: "json-file", Config: { "max-file": "3", "max-size": "10240k" } });
  });

  it("has no capability, can gain no privilege, and writes to /tmp alone", async () => {
    const { CapAdd, CapDrop, SecurityOpt, ReadonlyRootfs, Privileged, Tmpfs } = defaults.HostConfig;
    assert.deepEqual(CapAdd ?? [], []);
    assert.deepEqual(CapDrop, ["ALL"]);
    assert.deepEqual(SecurityOpt, ["no-new-privileges:true"]);
    assert.equal(ReadonlyRootfs, true);
    assert.equal(Privileged, false);
    assert.deepEqual(Object.keys(Tmpfs ?? {}), ["/tmp"]);
    assert.equal(await exitCode(["touch", "/tmp/file"]), 0);
    assert.notEqual(await exitCode(["touch", "/srv/public/file"]), 0);
  });

  it("publishes no port and mounts nothing of the host", () => {
    assert.deepEqual(defaults.HostConfig.PortBindings ?? {}, {});
    assert.deepEqual(defaults.Mounts, []);
  });

  it("the gateway, Postgres and the registry have what they need, can gain no more, and bind to loopback alone", async () => {
    const nginxMaster = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_KILL", "CAP_SETGID", "CAP_SETUID"];
    for (const [service, id] of Object.entries(await stack.infrastructure())) {
      const { HostConfig } = await stack.docker.getContainer(id).inspect();
      assert.deepEqual(HostConfig.SecurityOpt, ["no-new-privileges:true"], service);
      assert.equal(HostConfig.Privileged, false, service);
      assert.deepEqual(HostConfig.CapDrop, ["ALL"], service);
      assert.deepEqual(HostConfig.CapAdd ?? [], service === "gateway" ? nginxMaster : [], service);
      assert.equal(HostConfig.ReadonlyRootfs, service !== "gateway", service);
      const bound = Object.values((HostConfig.PortBindings ?? {}) as Record<string, { HostIp: string }[]>).flat();
      for (const { HostIp } of bound) assert.equal(HostIp, "127.0.0.1", service);
      assert.ok(HostConfig.Memory && HostConfig.Memory > 0, service);
    }
  });

  it("MT-01 takes other limits from projects.yml", async () => {
    await stack.declare(onlyHello({ limits: { memoryMiB: 96, cpus: 0.5, pids: 40, logMiB: 6 }, readOnly: false }));
    await stack.deployed();
    const { HostConfig } = await release();
    assert.equal(HostConfig.Memory, 96 * MIB);
    assert.equal(HostConfig.NanoCpus, 5e8);
    assert.equal(HostConfig.PidsLimit, 40);
    assert.equal(HostConfig.ReadonlyRootfs, false);
    assert.equal(HostConfig.LogConfig?.Config["max-size"], "2048k");
  });

  async function exitCode(command: string[]): Promise<number | null> {
    const exec = await stack.docker.getContainer(defaults.Id).exec({ Cmd: command, AttachStderr: true });
    const stream = await exec.start({});
    stream.resume();
    await new Promise((done) => stream.on("end", done));
    return (await exec.inspect()).ExitCode;
  }
});
