import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { dockerPackage } from "../../engine/providers/docker";
import { checkRequest, createRequest } from "../../engine/providers/requests.fixture";
import { DockerResources } from "./docker-resources";

const NETWORK = "docker:index/network:Network";
const VOLUME = "docker:index/volume:Volume";

describe("docker:index/network:Network and docker:index/volume:Volume on a real engine", function () {
  this.timeout(60_000);
  const resources = new DockerResources();
  const { labels, mark } = resources;
  after(() => resources.removeAll());

  it("a network is as asked for, and shows no difference afterwards", async () => {
    const asked = {
      name: `${mark}-net`,
      labels: [...labels, { label: "a", value: "1" }],
      internal: true,
      options: { "com.docker.network.bridge.enable_icc": "false" },
      ipamConfigs: [{ subnet: "10.203.71.0/24", gateway: "10.203.71.1" }],
    };
    const made = await resources.create(NETWORK, asked);
    assert.deepEqual(made.outputs.ipamConfigs, [
      { auxAddress: {}, gateway: "10.203.71.1", ipRange: "", subnet: "10.203.71.0/24" },
    ]);
    assert.deepEqual([made.outputs.driver, made.outputs.scope, made.outputs.internal], ["bridge", "local", true]);
    const read = await resources.read(made);
    assert.deepEqual(await resources.diff(made, asked), { changes: "none" });
    assert.deepEqual(await resources.diff({ ...made, ...read }, asked), { changes: "none" });
    const { replaces, deleteBeforeReplace } = await resources.diff(made, { ...asked, internal: false });
    assert.deepEqual([replaces, deleteBeforeReplace], [["internal"], true]);
    await resources.delete(made);
  });

  it("a volume is as asked for; names are chosen where none is given, and then a replacement comes first", async () => {
    const made = await resources.create(VOLUME, { labels });
    assert.match(made.id, /^thing-[0-9a-f]{7}$/);
    assert.deepEqual([made.outputs.driver, made.outputs.name, made.outputs.driverOpts], ["local", made.id, null]);
    const { replaces, deleteBeforeReplace } = await resources.provider.diff({
      ...{ urn: "u", type: VOLUME, id: made.id, oldInputs: made.inputs, oldOutputs: made.outputs, ignoreChanges: [] },
      newInputs: { ...made.inputs, labels: [] },
    });
    assert.deepEqual([replaces, deleteBeforeReplace], [["labels"], false]);
    await resources.delete(made);
    assert.equal(await resources.read(made), undefined);
  });

  it("an engine that is not there is one clear line: what was tried, and what to do", async () => {
    const tried = async (host: string): Promise<string> => {
      const provider = dockerPackage.configure({ host });
      return provider.check(checkRequest(VOLUME, { name: "v" })).then(
        () => "it was planned",
        (error: Error) => error.message,
      );
    };
    assert.match(
      await tried("unix:///nowhere/docker.sock"),
      /^looking for the engine: Docker is not reached at unix:\/\/\/nowhere\/docker.sock \(ENOENT\)\. Is it running, and/,
    );
    assert.match(await tried("tcp://127.0.0.1:1"), /not reached at tcp:\/\/127.0.0.1:1 \(ECONNREFUSED\)/);
    assert.match(
      await tried("ssh://nobody@127.0.0.1:1"),
      /not reached at ssh:\/\/nobody@127.0.0.1:1 \(.+\)\. Try "ssh -p 1 nobody@127.0.0.1 docker version"/,
    );
  });

  it("an engine is reached over ssh, by the ssh on the PATH", async () => {
    // Stands for ssh and for the docker on the other side: hands its streams to the engine's socket.
    const folder = mkdtempSync(join(tmpdir(), "slipway-ssh-"));
    const relay = `const s = require("net").connect("/var/run/docker.sock"); process.stdin.pipe(s).pipe(process.stdout);`;
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\necho "$@" >> ${folder}/calls\nexec node -e '${relay}'\n`);
    chmodSync(join(folder, "ssh"), 0o755);
    const path = process.env.PATH;
    process.env.PATH = `${folder}${delimiter}${path}`;
    const provider = dockerPackage.configure({ host: "ssh://deploy@droplet:2222", sshOpts: '["-i","/k"]' });
    try {
      const name = `${mark}-ssh`;
      const { outputs } = await provider.create(createRequest(VOLUME, { name, labels }));
      assert.equal(outputs.name, name);
      await resources.docker.getVolume(name).remove();
    } finally {
      process.env.PATH = path;
      await provider.close();
      rmSync(folder, { recursive: true });
    }
  });
});
