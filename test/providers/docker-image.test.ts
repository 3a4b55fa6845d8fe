import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dockerPackage } from "../../engine/providers/docker";
import { createRequest } from "../../engine/providers/requests.fixture";
import { LoopbackRegistry } from "../golden/loopback-registry";
import { makeSmallImage } from "../golden/small-image";
import { FaultyFront } from "../support/faulty-front";
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

  it("MT-07 fault 32 edge 33 is pulled by digest, found again without the registry, and removed unless it is to be kept", async () => {
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

  describe("from a registry that is at fault", () => {
    let behind: LoopbackRegistry;
    let digest: string;

    before(async () => {
      behind = await LoopbackRegistry.start();
      const name = `127.0.0.1:${behind.port}/${mark}-faulty:1`;
      makeSmallImage(name, `${mark}-faulty`);
      const pushed = await docker.getImage(name).push({ authconfig: {} });
      await new Promise((done, fail) =>
        docker.modem.followProgress(pushed, (error) => (error ? fail(error) : done(null))),
      );
      digest = ((await docker.getImage(name).inspect()).RepoDigests[0] as string).split("@")[1] as string;
      await docker.getImage(name).remove();
    });
    after(() => behind.stop());
    beforeEach(() => {
      resources.lines.length = 0;
    });

    const through = (front: FaultyFront) => `127.0.0.1:${front.port}/${mark}-faulty@${digest}`;
    const retries = () => resources.lines.filter((line) => /trying again/.test(line)).length;

    for (const [what, fault] of [
      ["429", { status: 429, body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}' }],
      ["a plain 429", { status: 429, body: "slow down" }],
      ["500", { status: 500 }],
      ["503", { status: 503, body: "<html>maintenance</html>" }],
      ["a closed connection", "hang up"],
    ] as const) {
      it(`SC-12 fault 32 that answers with ${what} for a moment is asked again`, async () => {
        await using front = await FaultyFront.start(behind.port);
        const began = Date.now();
        front.fault = () => (Date.now() - began < 300 ? fault : undefined);
        const made = await resources.create(IMAGE, { name: through(front) });
        assert.equal(retries(), 1, resources.lines.join("\n"));
        await resources.delete(made);
      });
    }

    it("SC-12 fault 32 that stays down is asked four times, with growing pauses, and then said so", async () => {
      await using front = await FaultyFront.start(behind.port);
      front.fault = () => ({ status: 503 });
      await assert.rejects(resources.create(IMAGE, { name: through(front) }), /pulling .*503/);
      const pauses = resources.lines.flatMap((line) => /trying again in ([\d.]+) s/.exec(line)?.[1] ?? []);
      assert.deepEqual(pauses, ["0.5", "1", "2"]);
    });

    it("fault 32 that gives other content than the digest says is refused at once", async () => {
      await using front = await FaultyFront.start(behind.port);
      const type = "application/vnd.docker.distribution.manifest.v2+json";
      const body = JSON.stringify({ schemaVersion: 2, mediaType: type });
      front.fault = ({ method, url }) =>
        method === "GET" && url?.includes("/manifests/") ? { status: 200, type, body } : undefined;
      await assert.rejects(
        resources.create(IMAGE, { name: through(front) }),
        /pulling .*(digest|verification|manifest)/,
      );
      assert.equal(retries(), 0);
      assert.equal(
        await docker
          .getImage(through(front))
          .inspect()
          .catch(() => undefined),
        undefined,
      );
    });

    it("SC-13 fault 32 that does not answer is given up at the limit of the pull", async () => {
      await using front = await FaultyFront.start(behind.port);
      front.fault = () => "silence";
      const request = { ...createRequest(IMAGE, { name: through(front) }), signal: AbortSignal.timeout(500) };
      await assert.rejects(resources.provider.create(request), /pulling .*abort/i);
      assert.ok(front.seen.length > 0);
    });

    it("SC-12 MT-25 that asks for a login where none is configured says so, and is not asked again", async () => {
      await using front = await FaultyFront.start(behind.port);
      front.fault = () => ({
        status: 401,
        body: '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}',
      });
      await assert.rejects(
        resources.create(IMAGE, { name: through(front) }),
        /asks for a login and none is configured: set registryAuth/,
      );
      assert.equal(retries(), 0);
    });
  });
});
