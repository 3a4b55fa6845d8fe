import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dockerPackage } from "../../engine/providers/docker";
import { createRequest } from "../../engine/providers/requests.fixture";
import { LoopbackRegistry } from "../golden/loopback-registry";
import { makeSmallImage } from "../golden/small-image";
import { DockerResources } from "./docker-resources";

const IMAGE = "docker:index/remoteImage:RemoteImage";

describe("docker:index/remoteImage:RemoteImage on a real engine", function () {
  this.timeout(60_000);
  const resources = new DockerResources();
  const { docker, mark } = resources;
  let registry: LoopbackRegistry;
  let repository: string;
  let byDigest: string;

  before(async () => {
    registry = await LoopbackRegistry.start();
    repository = `127.0.0.1:${registry.port}/${mark}`;
    makeSmallImage(`${repository}:1`, mark);
    const pushed = await docker.getImage(`${repository}:1`).push({ authconfig: {} });
    await new Promise((done, fail) =>
      docker.modem.followProgress(pushed, (error) => (error ? fail(error) : done(null))),
    );
    const digests = (await docker.getImage(`${repository}:1`).inspect()).RepoDigests;
    byDigest = digests.find((digest) => digest.startsWith(repository)) ?? assert.fail("pushed without a digest");
    await docker.getImage(`${repository}:1`).remove();
  });
  after(async () => {
    await resources.removeAll();
    await registry.stop();
  });

  it("is pulled by digest, found again without the registry, and removed unless it is to be kept", async () => {
    const made = await resources.create(IMAGE, { name: byDigest });
    const { Id } = await docker.getImage(byDigest).inspect();
    assert.equal(made.id, Id + byDigest);
    const { __meta: _, ...outputs } = made.outputs;
    assert.deepEqual(outputs, {
      build: null,
      forceRemove: null,
      id: Id + byDigest,
      imageId: Id,
      keepLocally: null,
      name: byDigest,
      platform: null,
      pullTriggers: null,
      repoDigest: byDigest,
      triggers: null,
    });

    const used = await docker.createContainer({ Image: byDigest, Labels: { "slipway.test": mark } });
    await resources.delete(made);
    assert.match(resources.lines.at(-1) ?? "", /^warning: removing image .* is using .*; it stays$/);
    await used.remove();

    const port = registry.port;
    await registry.stop();
    await resources.create(IMAGE, { name: byDigest, keepLocally: true });
    assert.deepEqual(await resources.read(made), { id: made.id, inputs: { name: byDigest }, outputs: made.outputs });
    await resources.delete({ ...made, outputs: { ...made.outputs, keepLocally: true } });
    assert.ok(await resources.read(made));
    await resources.delete(made);
    assert.equal(await resources.read(made), undefined);
    await resources.delete(made);

    await assert.rejects(
      resources.create(IMAGE, { name: byDigest }),
      new RegExp(`pulling 127.0.0.1:${port}/.*connection refused`),
    );
    assert.match(resources.lines.join("\n"), /info: pulling .*connection refused; trying again in 0.5 s/);
  });

  it("OV-07 that the registry does not have is refused at once, and so is a name that is none", async () => {
    const other = await LoopbackRegistry.start();
    const name = `127.0.0.1:${other.port}/nothing@sha256:${"0".repeat(64)}`;
    resources.lines.length = 0;
    await assert.rejects(
      resources.create(IMAGE, { name }),
      /pulling .*nothing@sha256:0+: .*(not found|manifest unknown)/,
    );
    await assert.rejects(resources.create(IMAGE, { name: "Not A Name" }), /invalid reference format/);
    assert.deepEqual(resources.lines, []);
    await other.stop();
  });

  it("sends the configured login, says when it is refused, and never shows it", async () => {
    const seen: (string | undefined)[] = [];
    const refusing = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="test"' }).end();
    });
    await new Promise<void>((listening) => refusing.listen(0, "127.0.0.1", listening));
    const address = `127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    const registryAuth = JSON.stringify([{ address, username: "deployer", password: "hush-hush" }]);
    const provider = dockerPackage.configure({ registryAuth });
    await assert.rejects(
      provider.create(createRequest(IMAGE, { name: `${address}/app:1` })),
      (error: Error) => /refuses the login: check registryAuth/.test(error.message) && !/hush/.test(error.message),
    );
    assert.ok(seen.includes(`Basic ${Buffer.from("deployer:hush-hush").toString("base64")}`));
    await provider.close();
    refusing.close();
  });
});
