import assert from "node:assert/strict";
import type { PropertyMap } from "../../engine/property-value";
import { ResourceInitError } from "../../engine/provider";
import { createRequest } from "../../engine/providers/requests.fixture";
import { makeSmallImage } from "../golden/small-image";
import { until } from "../support/until";
import { DockerResources } from "./docker-resources";

const CONTAINER = "docker:index/container:Container";
const NETWORK = "docker:index/network:Network";
const VOLUME = "docker:index/volume:Volume";

describe("docker:index/container:Container on a real engine", function () {
  this.timeout(60_000);
  const resources = new DockerResources();
  const { mark, labels, docker } = resources;
  const image = `${mark}:1`;
  /** A container that runs until it is told to end. */
  const base: PropertyMap = {
    image,
    labels,
    command: ["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.05; done"],
    destroyGraceSeconds: 5,
  };

  before(() => makeSmallImage(image, mark));
  after(() => resources.removeAll());

  it("has every option that was asked for, and shows no difference afterwards", async () => {
    const network = await resources.create(NETWORK, { name: `${mark}-net`, labels, internal: true });
    const volume = await resources.create(VOLUME, { name: `${mark}-vol`, labels });
    const asked: PropertyMap = {
      ...base,
      name: `${mark}-all`,
      envs: ["B=2", "A=1 with blanks"],
      entrypoints: ["sh", "-c"],
      command: ['read -r line </etc/conf; echo "$line $A" >/data/line; while true; do sleep 0.05; done'],
      networksAdvanced: [{ name: network.id, aliases: ["web", "app"] }],
      ports: [{ internal: 8443 }, { internal: 8080, ip: "127.0.0.1" }],
      volumes: [
        { volumeName: String(volume.outputs.name), containerPath: "/data" },
        { hostPath: "/etc", containerPath: "/host", readOnly: true },
      ],
      mounts: [{ type: "tmpfs", target: "/run", tmpfsOptions: { sizeBytes: 1_048_576 } }],
      tmpfs: { "/scratch": "size=1m" },
      uploads: [
        { file: "/etc/conf", content: "conf = 1\n", permissions: "0600" },
        { file: `/opt/${"long/".repeat(25)}run`, contentBase64: "eA==", executable: true },
      ],
      healthcheck: {
        tests: ["CMD", "sh", "-c", "test -s /data/line"],
        interval: "1m",
        timeout: "1500ms",
        retries: 3,
        startPeriod: "1s",
      },
      memory: 64,
      memoryReservation: 32,
      cpus: "0.50",
      cpuShares: 512,
      shmSize: 16,
      ulimits: [{ name: "nofile", soft: 1024, hard: 2048 }],
      capabilities: { adds: ["NET_BIND_SERVICE"], drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      user: "0:0",
      workingDir: "/data",
      hostname: "front",
      hosts: [{ host: "db", ip: "10.0.0.9" }],
      dns: ["10.0.0.53"],
      dnsSearches: ["test"],
      restart: "on-failure",
      maxRetryCount: 3,
      logDriver: "json-file",
      logOpts: { "max-size": "1m" },
      stopTimeout: 5,
      stopSignal: "SIGTERM",
      init: true,
      sysctls: { "net.ipv4.ip_unprivileged_port_start": "0" },
      groupAdds: ["100"],
    };
    const made = await resources.create(CONTAINER, asked);

    const { Config, HostConfig: host, NetworkSettings, State } = await docker.getContainer(made.id).inspect();
    assert.equal(State.Running, true);
    assert.deepEqual(Config.Env.filter((entry) => !entry.startsWith("PATH=")).sort(), ["A=1 with blanks", "B=2"]);
    assert.deepEqual([Config.User, Config.WorkingDir, Config.Hostname], ["0:0", "/data", "front"]);
    assert.deepEqual(Config.Healthcheck, {
      Test: ["CMD", "sh", "-c", "test -s /data/line"],
      Interval: 60e9,
      Timeout: 1.5e9,
      StartPeriod: 1e9,
      Retries: 3,
    });
    assert.equal(Config.Labels["slipway.test"], mark);
    assert.deepEqual(Object.keys(NetworkSettings.Networks), [`${mark}-net`]);
    const aliases: string[] = NetworkSettings.Networks[`${mark}-net`]?.Aliases ?? [];
    assert.ok(aliases.includes("web") && aliases.includes("app"));
    assert.equal(host.PortBindings["8080/tcp"]?.[0]?.HostIp, "127.0.0.1");
    assert.deepEqual(host.Binds?.sort(), ["/etc:/host:ro", `${mark}-vol:/data:rw`]);
    assert.equal(host.Mounts?.[0]?.TmpfsOptions?.SizeBytes, 1_048_576);
    assert.deepEqual(host.Tmpfs, { "/scratch": "size=1m" });
    assert.deepEqual([host.Memory, host.MemoryReservation, host.NanoCpus], [64 * 2 ** 20, 32 * 2 ** 20, 5e8]);
    assert.deepEqual([host.CpuShares, host.ShmSize, host.Init], [512, 16 * 2 ** 20, true]);
    assert.deepEqual(host.Ulimits, [{ Name: "nofile", Soft: 1024, Hard: 2048 }]);
    assert.deepEqual([host.CapDrop, host.SecurityOpt], [["ALL"], ["no-new-privileges:true"]]);
    assert.deepEqual(host.RestartPolicy, { Name: "on-failure", MaximumRetryCount: 3 });
    assert.deepEqual(host.LogConfig, { Type: "json-file", Config: { "max-size": "1m" } });
    assert.deepEqual([host.ExtraHosts, host.Dns, host.DnsSearch], [["db:10.0.0.9"], ["10.0.0.53"], ["test"]]);

    // As they were asked for, where Docker writes the same otherwise: Pulumi's own plugin compares the texts.
    const { capabilities, cpus, healthcheck } = made.outputs;
    assert.deepEqual([capabilities, cpus], [asked.capabilities, "0.50"]);
    assert.equal((healthcheck as PropertyMap).interval, "1m");
    assert.deepEqual(await resources.diff(made, asked), { changes: "none" });
    const read = await resources.read(made);
    assert.ok(read);
    assert.deepEqual(await resources.diff({ ...made, ...read }, asked), { changes: "none" });
    assert.deepEqual(await resources.diff({ ...made, ...read }, { ...read.inputs, __defaults: [] }), {
      changes: "none",
    });

    await resources.delete(made);
    await resources.delete(made);
    assert.equal(await resources.read(made), undefined);
    await Promise.all([resources.delete(network), resources.delete(volume)]);
    assert.deepEqual([await resources.read(network), await resources.read(volume)], [undefined, undefined]);
  });

  it("gets a name of its own where none is asked for, and keeps it", async () => {
    const made = await resources.create(CONTAINER, { ...base, start: false });
    assert.match(String(made.outputs.name), /^thing-[0-9a-f]{7}$/);
    assert.ok((made.inputs.__defaults as string[]).includes("name"));
    const { inputs } = await resources.provider.check({
      urn: "u",
      type: CONTAINER,
      name: "thing",
      oldInputs: made.inputs,
      newInputs: base,
      randomSeed: Buffer.alloc(32, 9),
    });
    assert.equal(inputs.name, made.outputs.name);
    await resources.delete(made);
  });

  it("is waited for until it is healthy, without waiting any longer", async () => {
    const healthcheck = { tests: ["CMD", "sh", "-c", "true"], interval: "100ms", timeout: "5s" };
    const made = await resources.create(CONTAINER, { ...base, healthcheck, wait: true, waitTimeout: 20 });
    assert.equal((await docker.getContainer(made.id).inspect()).State.Health?.Status, "healthy");
    await resources.delete(made);
  });

  it("that never gets healthy is kept, with the reason and its last lines shown, and mended by the next run", async () => {
    const asked = {
      ...base,
      destroyGraceSeconds: 0,
      command: ["sh", "-c", "echo connect ECONNREFUSED; while true; do sleep 0.05; done"],
      healthcheck: {
        tests: ["CMD-SHELL", "echo no page; test -e /tmp/ready"],
        interval: "100ms",
        timeout: "5s",
        retries: 1,
      },
      wait: true,
      waitTimeout: 1,
    };
    const error = await resources.create(CONTAINER, asked).then(
      () => assert.fail("it was created"),
      (error) => error as ResourceInitError,
    );
    assert.ok(error instanceof ResourceInitError);
    assert.match(
      error.reasons[0] ?? "",
      /failed to be in healthy state: thing-\w+: not in 1 s; .*ended with 1: no page; it is kept/,
    );
    assert.match(resources.lines.join("\n"), /\n {2}\| connect ECONNREFUSED/);
    const { State } = await docker.getContainer(error.id).inspect();
    assert.equal(State.Running, true);

    const inputs = await resources.check(CONTAINER, asked);
    const kept = {
      type: CONTAINER,
      id: error.id,
      inputs: { ...inputs, name: String(error.outputs.name) },
      outputs: error.outputs,
    };
    assert.deepEqual(await resources.diff(kept, { ...asked, name: String(error.outputs.name) }), { changes: "none" });
    await assert.rejects(resources.update(kept, kept.inputs), ResourceInitError);
    const ready = await docker.getContainer(error.id).exec({ Cmd: ["sh", "-c", ": > /tmp/ready"] });
    await ready.start({});
    await resources.update(kept, { ...kept.inputs, waitTimeout: 20 });
    await resources.delete(kept);
  });

  it("that ends while it is waited for is not waited for any longer", async () => {
    const healthcheck = { tests: ["CMD", "true"], interval: "30s" };
    const asked = {
      ...base,
      command: ["sh", "-c", "echo no config; exit 7"],
      healthcheck,
      wait: true,
      waitTimeout: 50,
    };
    const started = Date.now();
    await assert.rejects(resources.create(CONTAINER, asked), /it ended with exit code 7/);
    assert.ok(Date.now() - started < 20_000);
    assert.match(resources.lines.join("\n"), /\| no config/);
    await assert.rejects(
      resources.create(CONTAINER, { ...base, wait: true }),
      /has no health check to wait for: give it `healthcheck`/,
    );
  });

  it("SC-13 leaves nothing of a container whose start is over its limit", async () => {
    const inputs = { ...base, name: `${mark}-late` };
    const created = resources.provider.create({ ...createRequest(CONTAINER, inputs), signal: AbortSignal.abort() });
    await assert.rejects(created, /starting container .*-late: .*abort/i);
    await assert.rejects(docker.getContainer(`${mark}-late`).inspect(), { statusCode: 404 });
  });

  it("is kept when the run is cancelled while it is waited for", async () => {
    const healthcheck = { tests: ["CMD", "false"], interval: "100ms", retries: 1 };
    const inputs = await resources.check(CONTAINER, { ...base, healthcheck, wait: true, waitTimeout: 50 });
    const abort = new AbortController();
    const created = resources.provider.create({ ...createRequest(CONTAINER, inputs), signal: abort.signal });
    const filters = { name: [String(inputs.name)] };
    await until("the container to run", async () => (await docker.listContainers({ filters })).length > 0);
    abort.abort();
    await assert.rejects(created, (error) => error instanceof ResourceInitError && /cancelled/.test(error.message));
    assert.equal((await docker.listContainers({ filters })).length, 1);
  });

  it("that cannot start is not left behind", async () => {
    const name = `${mark}-no-start`;
    await assert.rejects(
      resources.create(CONTAINER, { ...base, name, command: ["/no/such/program"] }),
      new RegExp(`starting container ${name}: .*no such file`),
    );
    assert.deepEqual(await docker.listContainers({ all: true, filters: { name: [name] } }), []);
  });

  it("PU-10 that was stopped from outside is found by a refresh, and started again by an update", async () => {
    const made = await resources.create(CONTAINER, base);
    await docker.getContainer(made.id).stop({ t: 5 });
    const read = await resources.read(made);
    assert.equal(read?.outputs.mustRun, false);
    assert.equal(read?.outputs.exitCode, 0);
    assert.match(JSON.stringify(made.outputs.networkDatas), /"ipAddress":"\d/);
    assert.match(JSON.stringify(read?.outputs.networkDatas), /"ipAddress":""/);
    const stopped = { ...made, ...read };
    const asked = { ...base, name: String(made.outputs.name) };
    assert.deepEqual(await resources.diff(stopped, asked), {
      changes: "some",
      diffs: ["mustRun"],
      replaces: [],
      detailedDiff: { mustRun: { kind: "update", inputDiff: false } },
    });
    const { outputs } = await resources.update(stopped, asked);
    assert.equal(outputs.mustRun, true);
    assert.equal((await docker.getContainer(made.id).inspect()).State.Running, true);
    await resources.delete(made);
  });

  it("its limits and restart policy change in place, its health check only with the next one", async () => {
    const made = await resources.create(CONTAINER, { ...base, memory: 64, memorySwap: 64, restart: "always" });
    const asked = {
      ...base,
      name: String(made.outputs.name),
      memory: 32,
      memorySwap: 32,
      restart: "unless-stopped",
      healthcheck: { tests: ["CMD", "true"] },
    };
    const diff = await resources.diff(made, asked);
    assert.deepEqual([diff.changes, diff.replaces], ["some", []]);
    const updated = await resources.update(made, asked);
    const { HostConfig } = await docker.getContainer(made.id).inspect();
    assert.equal(HostConfig.Memory, 32 * 2 ** 20);
    assert.equal(HostConfig.RestartPolicy?.Name, "unless-stopped");
    assert.match(resources.lines.at(-1) ?? "", /^warning: healthcheck: Docker cannot change this/);
    assert.deepEqual(await resources.diff(updated, asked), { changes: "none" });
    await resources.delete(made);
  });
});
