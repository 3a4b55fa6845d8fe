import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Observation } from "../../host/observe";
import { freshHost } from "./fresh-host";
import { Host, type HostArgs } from "./host";

interface Registered {
  type: string;
  inputs: Record<string, unknown>;
  dependsOn: string[];
  ignoreChanges: string[];
}

const request = { stack: "staging", configSha256: "1", projects: { shop: { release: "3f2a91c04e", siteSha256: "2" } } };

/** Declares a host with one command against Pulumi's mocks; `printed` is what its program answers when it is asked. */
async function declared(args: HostArgs, printed = "", isPreview = false) {
  const resources = new Map<string, Registered>();
  const asked: Record<string, unknown>[] = [];
  let observed: Observation | undefined;
  const entry = (name: string) => {
    const found = resources.get(name) ?? { type: "", inputs: {}, dependsOn: [], ignoreChanges: [] };
    resources.set(name, found);
    return found;
  };
  const mocks: pulumi.runtime.Mocks = {
    newResource({ type, name, inputs }) {
      Object.assign(entry(name), { type, inputs });
      return { id: `${name}-id`, state: inputs };
    },
    call({ inputs }) {
      asked.push(inputs);
      return { stdout: printed };
    },
  };
  await pulumi.runtime.setMocks(mocks, undefined, undefined, isPreview);
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ name, opts }) => {
      const { dependsOn = [], ignoreChanges = [] } = opts as pulumi.CustomResourceOptions;
      Object.assign(entry(name), {
        dependsOn: (dependsOn as pulumi.CustomResource[]).map((one) => (one as unknown as { __name: string }).__name),
        ignoreChanges,
      });
      return undefined;
    });
    const host = new Host("host", args);
    const wanted = { create: "rollout", request: { project: "shop" }, triggers: [1] };
    const rollout = host.command("rollout", wanted, { parent: host });
    // What was registered is known when these are.
    observed = await new Promise<Observation>((done) => {
      pulumi.all([host.observe(request), rollout.urn, host.provider.urn]).apply(([value]) => done(value));
    });
    return {};
  });
  const resource = (name: string) => resources.get(name) ?? assert.fail(`no ${name} in ${[...resources.keys()]}`);
  return { resource, asked, observed };
}

describe("a host", () => {
  const before = process.cwd();
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-host-"));
    mkdirSync(join(folder, ".slipway/opt/slipway"), { recursive: true });
    writeFileSync(join(folder, ".slipway/opt/slipway/host.js"), "1");
    writeFileSync(join(folder, "key"), "text of a key");
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });

  const ssh = { address: "203.0.113.7", user: "root", port: 2222, hostKey: "ssh-ed25519 AAAA", identityFile: "key" };
  const remote = (): HostArgs => ({ stack: "staging", root: "/", ssh });

  const connectionOf = ({ connection }: Record<string, unknown>) =>
    (connection as { value: Record<string, unknown> }).value;

  it("PU-02 on this machine runs the program where the build put it", async () => {
    const { resource, asked, observed } = await declared({ stack: "local", root: join(folder, ".slipway") });
    const { type, inputs } = resource("rollout");
    assert.equal(type, "command:local:Command");
    assert.equal(inputs.create, "exec node .slipway/opt/slipway/host.js rollout");
    assert.deepEqual(asked, []);
    assert.deepEqual(observed?.projects.shop, { rollout: 1, site: 1 });
  });

  it("PU-02 SC-12 fault 35 over SSH always pins the host's key, and sets nothing in the environment", async () => {
    const { resource } = await declared(remote());
    const { type, inputs, ignoreChanges } = resource("rollout");
    assert.equal(type, "command:remote:Command");
    assert.equal(inputs.create, "exec node /opt/slipway/host.js rollout");
    const { hostKey, privateKey, ...connection } = connectionOf(inputs);
    assert.deepEqual([hostKey, privateKey], ["ssh-ed25519 AAAA", "text of a key"]);
    assert.deepEqual([connection.host, connection.port, connection.user], ["203.0.113.7", 2222, "root"]);
    assert.equal(connection.dialErrorLimit, 4);
    assert.equal(inputs.environment, undefined);
    assert.equal(inputs.addPreviousOutputInEnv, false);
    assert.deepEqual(ignoreChanges, ["connection.privateKey"]);
    const { inputs: docker } = resource("host-docker");
    assert.equal(docker.host, "ssh://root@203.0.113.7:2222");
    assert.deepEqual(JSON.parse(String(docker.sshOpts)), ["-F", ".slipway/ssh/staging/config"]);
  });

  it("PU-09 over SSH the private key is a secret", async () => {
    const { resource } = await declared(remote());
    const connection = resource("rollout").inputs.connection as Record<string, unknown>;
    assert.equal(connection[pulumi.runtime.specialSigKey], pulumi.runtime.specialSecretSig);
  });

  it("over SSH another key changes no command, but for a run that is to record its own", async () => {
    const ignored = async () => (await declared(remote())).resource("rollout").ignoreChanges;
    process.env.SLIPWAY_RECORD_KEY = "1";
    try {
      assert.deepEqual(await ignored(), []);
    } finally {
      delete process.env.SLIPWAY_RECORD_KEY;
    }
    assert.deepEqual(await ignored(), ["connection.privateKey"]);
  });

  it("a command connects for nothing that it does not do; an update without a verb does not create again", async () => {
    const { inputs } = (await declared(remote())).resource("rollout");
    assert.equal(inputs.update, ":");
    assert.equal(inputs.delete, undefined);
  });

  it("over SSH the program is installed before its first command, and again when it changed", async () => {
    const first = await declared(remote());
    assert.deepEqual(first.resource("rollout").dependsOn, ["host-program"]);
    const { inputs } = first.resource("host-program");
    assert.match(
      String(inputs.create),
      /^tar -c --exclude='\.\/\.\*' -C \.slipway\/opt\/slipway \. \| exec ssh -F \.slipway\/ssh\/staging/,
    );
    writeFileSync(join(folder, ".slipway/opt/slipway/host.js"), "2");
    const second = await declared(remote());
    assert.notDeepEqual(second.resource("host-program").inputs.triggers, inputs.triggers);
  });

  it("RB-13 PU-05 over SSH an `up` hands over what overrides settings, and no command differs; a preview keeps to reading", async () => {
    const without = await declared(remote());
    process.env.MONITORING_DURATION = "60";
    try {
      const { asked, resource } = await declared(remote());
      assert.deepEqual(JSON.parse(String(asked[0]?.stdin)), { ...request, settings: { MONITORING_DURATION: "60" } });
      assert.equal(resource("rollout").inputs.stdin, without.resource("rollout").inputs.stdin);
      const preview = await declared(remote(), "", true);
      assert.deepEqual(JSON.parse(String(preview.asked[0]?.stdin)), request);
    } finally {
      delete process.env.MONITORING_DURATION;
    }
    assert.deepEqual(JSON.parse(String(without.asked[0]?.stdin)).settings, {});
  });

  it("PU-05 over SSH a host without the program counts as one where nothing is deployed", async () => {
    const { asked, observed } = await declared(remote(), "");
    assert.match(String(asked[0]?.command), /^exec ssh -F \.slipway\/ssh\/staging\/config -T -- 203\.0\.113\.7 /);
    assert.deepEqual(observed, freshHost(request));
    const told = { gateway: 4, projects: { shop: { rollout: 3, site: 2 } } };
    assert.deepEqual((await declared(remote(), JSON.stringify(told))).observed, told);
  });
});
