import assert from "node:assert";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chosenStack } from "./cli/open-engine";
import { EmbeddedEngine } from "./embedded";
import { secret } from "./property-value";
import { newSalt } from "./secrets/passphrase-cipher";
import { readProjectFile } from "./stack-file/project-file";
import type { ExportedDeployment, StoredDeployment, StoredResource } from "./state/deployment-file";
import { FileBackend, StackNotFoundError } from "./state/file-backend";
import { recordRun } from "./state/history";
import { lockStack, StackLockedError } from "./state/stack-lock";

const STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
const A = "urn:pulumi:dev::shop::t:m:T::a";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: '"hush"' };
const RESOURCES: StoredResource[] = [
  { urn: STACK, custom: false, type: "pulumi:pulumi:Stack", outputs: { open: "o", hidden: SECRET } },
  { urn: A, custom: true, type: "t:m:T", id: "i", parent: STACK, protect: true },
];

describe("embedded engine without a deployment", () => {
  let root: string;
  let ours: EmbeddedEngine;
  const engine = async (environment: NodeJS.ProcessEnv) =>
    new EmbeddedEngine(
      await readProjectFile(join(root, "Pulumi.yaml")),
      { url: "file://.", folder: root },
      { PULUMI_HOME: join(root, "home"), PULUMI_CONFIG_PASSPHRASE: "x", ...environment },
      (line) => notices.push(line),
    );
  const notices: string[] = [];
  const stackFile = (name: string) => readFile(join(root, `Pulumi.${name}.yaml`), "utf8");

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-"));
    await writeFile(join(root, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    ours = await engine({});
    await ours.createStack("dev");
    await ours.selectStack("dev");
  });
  afterEach(() => rm(root, { recursive: true }));

  const withResources = async () => {
    const exported = await ours.exportStack("dev", false);
    const deployment = { ...exported.deployment, resources: RESOURCES };
    await ours.importStack("dev", { ...exported, deployment }, false);
  };

  it("PU-02 a stack is made with a salt, selected, listed, and refused a second time", async () => {
    assert.match(await stackFile("dev"), /^encryptionsalt: v1:[^:]+:v1:[^:]+:[^:]+\n$/);
    assert.equal(await ours.selectedStack(), "dev");
    assert.equal(await (await engine({ PULUMI_STACK: "organization/shop/other" })).selectedStack(), "other");
    const [{ name, current, resourceCount, lastUpdate }, ...others] = (await ours.stacks()) as [never];
    assert.deepEqual([name, current, resourceCount, others], ["dev", true, 0, []]);
    assert.match(lastUpdate, /^\d{4}-.*Z$/);
    await assert.rejects(ours.createStack("dev"), {
      message: "stack 'organization/shop/dev' already exists",
    });
    await assert.rejects(ours.config("nope", false), { message: "no stack named 'nope' found" });
  });

  it("--stack takes a full name, and refuses one of another project", async () => {
    assert.equal(await chosenStack(ours, "organization/shop/dev"), "dev");
    await assert.rejects(chosenStack(ours, "organization/other/dev"), {
      message: `provided project name "other" doesn't match Pulumi.yaml`,
    });
    await assert.rejects(chosenStack(ours, "acme/shop/dev"), { message: "organization name must be 'organization'" });
  });

  it("PU-09 a secret of the configuration is encrypted in the file, and needs the passphrase", async () => {
    await ours.setConfig("dev", "token", "hush", { secret: true });
    await ours.setConfig("dev", "deep.n", "7", { path: true });
    assert.match(await stackFile("dev"), /shop:token:\n {4}secure: v1:/);
    assert.ok(!(await stackFile("dev")).includes("hush"));
    assert.deepEqual(await ours.getConfig("dev", "token", {}), { value: "hush", secret: true });
    assert.deepEqual(await ours.getConfig("dev", "deep.n", { path: true }), { value: "7", secret: false });
    assert.equal(await ours.getConfig("dev", "deep.none", { path: true }), undefined);
    assert.deepEqual((await ours.config("dev", false))["shop:token"], { secret: true });
    await assert.rejects((await engine({ PULUMI_CONFIG_PASSPHRASE: "y" })).getConfig("dev", "token", {}), {
      name: "PassphraseError",
      message: "incorrect passphrase",
    });
  });

  it("a configuration without secrets needs no passphrase", async () => {
    const none = await engine({ PULUMI_CONFIG_PASSPHRASE: undefined });
    await none.setConfig("dev", "a", "b", {});
    assert.deepEqual(await none.config("dev", true), { "shop:a": { value: "b", secret: false } });
  });

  it("PU-09 an imported state has its plain secrets encrypted; outputs show them only when asked to", async () => {
    await withResources();
    assert.ok(!(await readFile(join(root, ".pulumi/stacks/shop/dev.json"), "utf8")).includes("hush"));
    assert.deepEqual(await ours.outputs("dev", true), { open: "o", hidden: secret("hush") });
    assert.deepEqual(await ours.outputs("dev", false), { open: "o", hidden: secret("[secret]") });
    const shown = await ours.exportStack("dev", true);
    assert.deepEqual(shown.deployment.resources?.[0]?.outputs, { open: "o", hidden: SECRET });
    await assert.rejects(
      (await engine({ PULUMI_CONFIG_PASSPHRASE: "y" })).outputs("dev", true),
      /failed to decrypt: incorrect passphrase/,
    );
  });

  it("PU-09 a state whose secrets cannot be decrypted here is not imported", async () => {
    await withResources();
    const { version, deployment } = await ours.exportStack("dev", false);
    const sealedBy = (provider: StoredDeployment["secrets_providers"]) =>
      ours.importStack("dev", { version, deployment: { ...deployment, secrets_providers: provider } }, true);
    await assert.rejects(sealedBy({ type: "service", state: {} }), /encrypted by service.*--show-secrets/s);
    await assert.rejects(sealedBy(undefined), /--show-secrets/);

    const theirs = await engine({ PULUMI_CONFIG_PASSPHRASE: "y" });
    await theirs.createStack("theirs");
    const foreign = (await theirs.exportStack("theirs", false)).deployment.secrets_providers;
    await assert.rejects(sealedBy(foreign), /incorrect passphrase.*--show-secrets/s);
    assert.deepEqual(await ours.outputs("dev", true), { open: "o", hidden: secret("hush") });
  });

  it("PU-09 a state whose secrets are shown is imported under another passphrase, and has the stack's own salt", async () => {
    await withResources();
    const shown = await ours.exportStack("dev", true);
    const theirs = await engine({ PULUMI_CONFIG_PASSPHRASE: "y" });
    await rm(join(root, "Pulumi.dev.yaml"));
    await rm(join(root, ".pulumi"), { recursive: true });
    await theirs.createStack("dev");
    await theirs.importStack("dev", shown, false);
    assert.deepEqual(await theirs.outputs("dev", true), { open: "o", hidden: secret("hush") });
    const { deployment } = await theirs.exportStack("dev", false);
    assert.ok((await stackFile("dev")).includes(String(deployment.secrets_providers?.state?.salt)));
    assert.ok(!JSON.stringify(deployment).includes("hush"));

    // As is one without secrets: it must not bring a salt along that nobody here has the passphrase for.
    await theirs.importStack("dev", { ...shown, deployment: { ...shown.deployment, resources: [] } }, false);
    const empty = (await theirs.exportStack("dev", false)).deployment;
    assert.deepEqual(empty.secrets_providers, deployment.secrets_providers);
  });

  it("a state with what this engine would lose is not imported, whether its head says so or not", async () => {
    const { version, deployment } = await ours.exportStack("dev", false);
    const resources = [{ ...(RESOURCES[0] as StoredResource), taint: true }];
    await assert.rejects(
      ours.importStack("dev", { version, deployment: { ...deployment, resources } }, true),
      /: taint\./,
    );
  });

  it("a state of another stack, or a broken one, is imported by force only", async () => {
    const exported = await ours.exportStack("dev", false);
    const broken: ExportedDeployment = {
      ...exported,
      deployment: {
        ...exported.deployment,
        resources: [{ ...(RESOURCES[1] as StoredResource), urn: A.replace(":dev:", ":zzz:") }],
      },
    };
    await assert.rejects(ours.importStack("dev", broken, false), (error: Error) => {
      assert.match(
        error.message,
        /^3 errors occurred:\n {4}1\) resource '.*' is from a different stack \(zzz != dev\)\n/,
      );
      assert.match(error.message, /2\) state file contains errors: child resource .* refers to missing parent/);
      assert.match(error.message, /3\) importing this file could be dangerous; rerun with --force to proceed anyway$/);
      return true;
    });
    assert.equal((await ours.importStack("dev", broken, true)).warnings.length, 2);
    await assert.rejects(
      ours.deleteState("dev", A, {}),
      /fails its integrity check:\n {2}child resource .*\nhint: mend it/,
    );
  });

  it("`state delete` refuses what others depend on or what is protected", async () => {
    await withResources();
    await assert.rejects(ours.deleteState("dev", STACK, {}), /the following resources depend on it:\n \* "a"/);
    await assert.rejects(ours.deleteState("dev", A, {}), /because it is protected/);
    await assert.rejects(ours.deleteState("dev", `${A}2`, {}), /No such resource/);
    await ours.deleteState("dev", A, { force: true });
    const { deployment } = await ours.exportStack("dev", true);
    assert.deepEqual(
      deployment.resources?.map(({ urn }) => urn),
      [STACK],
    );
    assert.deepEqual(deployment.resources?.[0]?.outputs, { open: "o", hidden: SECRET });
  });

  it("`state delete` keeps what an old half of a replacement, or a `replaceWith`, needs", async () => {
    const [provider, old] = ["urn:pulumi:dev::shop::pulumi:providers:t::p", `${A}-old`];
    const providerEntry = { urn: provider, custom: true, type: "pulumi:providers:t", id: "new" };
    const { version, deployment } = await ours.exportStack("dev", false);
    const resources = [
      ...[RESOURCES[0] as StoredResource, { urn: A, custom: true, type: "t:m:T", id: "i" }],
      ...[{ urn: `${A}-key`, custom: true, type: "t:m:T", id: "k" }],
      ...[{ ...providerEntry, dependencies: [`${A}-key`] }],
      ...[{ urn: `${A}-with`, custom: true, type: "t:m:T", id: "w", replaceWith: [A] }],
      ...[{ ...providerEntry, id: "gone", delete: true }],
      ...[{ urn: old, custom: true, type: "t:m:T", id: "o", delete: true, provider: `${provider}::gone` }],
    ];
    await ours.importStack("dev", { version, deployment: { ...deployment, resources } }, false);
    const left = async () =>
      (await ours.exportStack("dev", false)).deployment.resources?.map(({ urn, id }) => (id ? `${urn} ${id}` : urn));
    await assert.rejects(ours.deleteState("dev", A, {}), /depend on it:\n \* "a-with"/);
    await ours.deleteState("dev", `${A}-key`, { targetDependents: true });
    const kept = [STACK, `${A} i`, `${A}-with w`, `${provider} gone`, `${old} o`];
    assert.deepEqual(await left(), kept);
    await assert.rejects(ours.deleteState("dev", provider, {}), /depend on it:\n \* "a-old"/);
    await ours.deleteState("dev", provider, { targetDependents: true });
    assert.deepEqual(await left(), kept.slice(0, 3));
  });

  it("`state delete` refuses the name of both halves of a replacement, and tells them", async () => {
    const { version, deployment } = await ours.exportStack("dev", false);
    const entry = { urn: A, custom: true, type: "t:m:T", id: "new" };
    const resources = [RESOURCES[0] as StoredResource, entry, { ...entry, id: "old", delete: true }];
    await ours.importStack("dev", { version, deployment: { ...deployment, resources } }, false);
    for (const options of [{}, { force: true, targetDependents: true }]) {
      await assert.rejects(
        ours.deleteState("dev", A, options),
        /^CommandError: Resource URN ambiguously referred to multiple resources:\n {2}new\n {2}old \(pending deletion\)\nhint: /,
      );
    }
    assert.equal((await ours.exportStack("dev", false)).deployment.resources?.length, 3);
  });

  it("who reads a damaged state is told of it, and `state delete` refuses it", async () => {
    await withResources();
    await writeFile(join(root, ".pulumi/stacks/shop/dev.json"), "{");
    for (const method of ["stacks", "outputs", "exportStack"] as const) {
      notices.length = 0;
      await (await engine({}))[method]("dev", false);
      assert.match(notices.join(), /^warning: the state .*dev.json is unusable: cut off/);
    }
    await assert.rejects(ours.deleteState("dev", STACK, { force: true }), /dev.json is unusable.*hint: run `refresh`/s);
    assert.equal(await readFile(join(root, ".pulumi/stacks/shop/dev.json"), "utf8"), "{");
  });

  it("PU-06 an import over a damaged state keeps the last good generation, and needs none", async () => {
    await withResources();
    await withResources();
    const { checkpoint, previous, damaged } = new FileBackend(root).files({ project: "shop", stack: "dev" });
    const exported = await ours.exportStack("dev", false);
    const good = await readFile(previous);
    await truncate(checkpoint, 20);
    await ours.importStack("dev", exported, false);
    assert.deepEqual(await readFile(previous), good);
    assert.equal((await readFile(damaged)).length, 20);
    assert.equal((await ours.exportStack("dev", false)).deployment.resources?.length, RESOURCES.length);

    for (const file of [checkpoint, previous]) await truncate(file, 0);
    await assert.rejects(ours.exportStack("dev", false), /no generation of the state/);
    await ours.importStack("dev", exported, false);
    assert.equal((await ours.exportStack("dev", false)).deployment.resources?.length, RESOURCES.length);

    await ours.importStack("dev", exported, false);
    assert.notEqual((await readFile(previous)).length, 0, "what was good becomes the .bak");
  });

  it("PU-09 a past secret of another salt hides no other in the history; a wrong passphrase is refused", async () => {
    await ours.setConfig("dev", "now", "hush", { secret: true });
    const secure = /secure: (\S+)/.exec(await stackFile("dev"))?.[1];
    const before = (await newSalt("x")).cipher.encrypt("past");
    await recordRun(new FileBackend(root).files({ project: "shop", stack: "dev" }), {
      ...{ kind: "update", startTime: 1, message: "", environment: {}, version: 0, result: "succeeded", endTime: 2 },
      config: { "shop:before": { secure: before }, "shop:deep": { part: { secure: before } }, "shop:now": { secure } },
      resourceChanges: {},
    });
    const [entry] = await ours.history("dev", true);
    const lost = "ERROR_UNABLE_TO_DECRYPT";
    assert.deepEqual(entry?.config, {
      "shop:before": { value: lost, secret: true },
      "shop:deep": { value: `{"part":"${lost}"}`, objectValue: { part: lost }, secret: true },
      "shop:now": { value: "hush", secret: true },
    });
    await assert.rejects((await engine({ PULUMI_CONFIG_PASSPHRASE: "y" })).history("dev", true), {
      name: "PassphraseError",
      message: "incorrect passphrase",
    });
  });

  it("PU-08 a stack with resources is removed by force only; its configuration stays when asked to", async () => {
    await withResources();
    await assert.rejects(ours.removeStack("dev", {}), /'dev' still has resources; removal rejected/);
    await ours.removeStack("dev", { force: true, preserveConfig: true });
    assert.equal(await ours.selectedStack(), undefined);
    assert.ok((await readdir(root)).includes("Pulumi.dev.yaml"));
  });

  it("PU-08 a stack that another run works on is not removed, not even by force", async () => {
    await ours.setConfig("dev", "token", "hush", { secret: true });
    const lock = await lockStack(new FileBackend(root).files({ project: "shop", stack: "dev" }), () => undefined);
    await assert.rejects(ours.removeStack("dev", { force: true }), StackLockedError);
    assert.match(await stackFile("dev"), /shop:token/);
    assert.equal((await ours.exportStack("dev", false)).version, 3);
    await lock.release();
    await ours.removeStack("dev", {});
    await assert.rejects(ours.exportStack("dev", false), StackNotFoundError);
  });

  it("a stack that is removed by its full name is not selected any more; another one stays so", async () => {
    await ours.createStack("other");
    await (await engine({ PULUMI_STACK: "other" })).removeStack("other", {});
    assert.equal(await ours.selectedStack(), "dev");
    await ours.removeStack("organization/shop/dev", {});
    assert.equal(await ours.selectedStack(), undefined);
  });
});
