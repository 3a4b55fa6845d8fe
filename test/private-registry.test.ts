import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { hash } from "bcrypt";
import { fetchWithin } from "../host/fetch-within";
import { engineMessages } from "../scripts/setup/engine-answer";
import { machineImages } from "./support/machine-images";
import { onlyHello } from "./support/sample-projects";
import { Sandbox } from "./support/sandbox";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

const HOST = "hello.localhost";
const USER = "deployer";

describe("a registry that asks for a login", function () {
  this.timeout(120_000);
  const password = `pw-${Math.random().toString(36).slice(2)}-of-the-test`;
  let sandbox: Sandbox;
  let stack: TestStack;
  let address: string;
  let image: string;

  before(async () => {
    stack = await TestStack.create({ projects: onlyHello() });
    sandbox = await Sandbox.create();
    const folder = join(stack.folder, "auth");
    await mkdir(folder);
    await writeFile(join(folder, "htpasswd"), `${USER}:${await hash(password, 5)}\n`);
    const { images } = await machineImages();
    const env = {
      REGISTRY_AUTH: "htpasswd",
      REGISTRY_AUTH_HTPASSWD_REALM: "test",
      REGISTRY_AUTH_HTPASSWD_PATH: "/auth/htpasswd",
    };
    const { port } = await sandbox.run(images.registry, {
      env,
      port: 5000,
      binds: [`${folder}:/auth:ro`],
      hardened: false,
    });
    address = `127.0.0.1:${port}`;
    await until(
      "the registry to ask for a login",
      async () => (await fetchWithin(1000, `http://${address}/v2/`)).status === 401,
    );
    image = await push();
    await stack.configure({
      deploy: { "*": { watchSeconds: 0 } },
      registries: { [address]: { username: USER, password: "to be set" } },
      releases: { hello: { live: { version: "1.0.0", images: { web: image } } } },
    });
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    for (const { RepoTags, RepoDigests } of (await sandbox?.docker.listImages()) ?? []) {
      const names = [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter((name) => name.startsWith(`${address}/`));
      for (const name of names) await sandbox.docker.getImage(name).remove();
    }
    await sandbox?.[Symbol.asyncDispose]();
  });

  /**
   * The sample project's image into the private registry; not kept here. It has a digest that this machine has not seen:
   * Docker may still hold the manifest of one that it once pulled, and then asks nobody for it.
   */
  async function push(): Promise<string> {
    const { samples } = await machineImages();
    const sample = samples.find(({ project }) => project === "hello")?.image as string;
    const repo = `${address}/private/hello`;
    const container = await sandbox.docker.createContainer({ Image: sample });
    await container.commit({ repo, tag: "1", changes: `LABEL slipway.test=${sandbox.name}` });
    await container.remove();
    const authconfig = { username: USER, password, serveraddress: address };
    let digest: string | undefined;
    for await (const { aux } of engineMessages(await sandbox.docker.getImage(`${repo}:1`).push({ authconfig }))) {
      digest = aux?.Digest ?? digest;
    }
    await sandbox.docker.getImage(`${repo}:1`).remove();
    const left = (await sandbox.docker.listImages()).flatMap(({ RepoDigests }) => RepoDigests ?? []);
    for (const name of left.filter((it) => it.startsWith(repo))) await sandbox.docker.getImage(name).remove();
    return `${repo}@${digest}`;
  }

  const setPassword = (value: string) =>
    stack.succeed("config", "set", "--secret", "--path", `slipway:registries["${address}"].password`, value);

  async function filesWith(text: string): Promise<string[]> {
    const entries = await readdir(stack.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const found = await Promise.all(files.map(async (file) => (await readFile(file)).includes(text)));
    return files.filter((_, index) => found[index]);
  }

  it("MT-25 OV-07 a refused login is said so, is not tried again, and changes nothing", async () => {
    await setPassword("another");
    const run = await stack.up();
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, new RegExp(`${address} refuses the login: check .*slipway:registries`));
    assert.doesNotMatch(run.output, /trying again/);
    assert.deepEqual(await stack.containers({ "slipway.project": "hello" }), []);
  });

  it("MT-25 with the right login the release is pulled and serves", async () => {
    await setPassword(password);
    await stack.deployed();
    assert.match((await stack.get(HOST)).body, /1\.0\.0/);
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("MT-25 MT-20 the password is nowhere in clear: no output, state, log, file, label; not in Docker's own login file", async () => {
    const runs = [
      await stack.succeed("preview", "--diff"),
      await stack.succeed("config"),
      await stack.succeed("stack", "export"),
      await stack.succeed("stack", "history", "--json"),
    ];
    for (const { output } of runs) assert.ok(!output.includes(password), output);
    assert.deepEqual(await filesWith(password), []);
    const encoded = Buffer.from(`${USER}:${password}`).toString("base64");
    assert.deepEqual(await filesWith(encoded), []);
    const file = join(homedir(), ".docker/config.json");
    const text = await readFile(file, "utf8").catch(() => "");
    assert.ok(!text.includes(encoded) && !text.includes(address), file);
    for (const { Id } of await stack.containers()) {
      assert.ok(!JSON.stringify(await stack.docker.getContainer(Id).inspect()).includes(password));
    }
  });
});
