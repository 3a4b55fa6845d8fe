import assert from "node:assert/strict";
import type { Agent } from "node:http";
import type Docker from "dockerode";
import { DockerHost } from "./docker-host";

const agentOf = (docker: Docker) => (docker.modem as { agent?: Agent }).agent;

describe("a Docker engine", () => {
  it("has one connection, however many ask first at once; closing ends it", async () => {
    const host = new DockerHost({ host: "ssh://droplet", sshOpts: [] } as never);
    const ask = () => host.call("asking", async (docker) => agentOf(docker) as Agent);
    const [agent, ...others] = await Promise.all([ask(), ask(), ask()]);
    assert.ok(agent && others.every((other) => other === agent));

    let destroyed = 0;
    agent.destroy = () => destroyed++;
    host.close();
    await Promise.resolve();
    assert.equal(destroyed, 1);
    assert.notEqual(await ask(), agent);
    host.close();
  });

  it("is connected to again after an attempt that failed", async () => {
    const config = { host: "nonsense", sshOpts: [] };
    const host = new DockerHost(config as never);
    await assert.rejects(host.call("asking", async () => "answer"));
    config.host = "unix:///nowhere";
    assert.equal(await host.call("asking", async () => "answer"), "answer");
  });
});
