import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { ContainerSpec, Project } from "../../config/project";
import { findPassphrase } from "../../engine/secrets/passphrase";
import { StackSecrets } from "../../engine/secrets/stack-secrets";
import { configureLocalStack, isLocalStackConfigured, type Prepared } from "./local-stack";
import { Progress } from "./progress";
import type { SetupRecord } from "./setup-record";

const DIGEST = "a".repeat(64);
const sample = (project: string, version: string, container: string) => ({
  project,
  version,
  container,
  image: "sha256:1",
  reference: `${project}-${container}@sha256:${DIGEST}`,
});
const record: SetupRecord = {
  fingerprint: "",
  registryVolume: "",
  images: { gateway: "sha256:g2", postgres: "sha256:p2", registry: "sha256:r2" },
  samples: [sample("hello", "1.0.0", "web"), sample("hello", "1.1.0", "web"), sample("calendar", "1.0.0", "backend")],
};

describe("the file of stack local", () => {
  let root: string;
  let lines: string[];
  const file = () => join(root, "Pulumi.local.yaml");
  const content = () => parse(readFileSync(file(), "utf8"));
  const declared = (name: string, container: string) => ({ name, containers: [{ name: container } as ContainerSpec] });
  const configure = (present: string[], more: Partial<Prepared> = {}) =>
    configureLocalStack(
      root,
      {
        record,
        projects: [declared("hello", "web"), declared("calendar", "backend")] as Project[],
        isPresent: (image) => present.includes(image),
        ...more,
      },
      new Progress((text) => lines.push(text)),
    );

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-local-"));
    lines = [];
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("is filled with the platform's images and the first release of each sample, by digest", async () => {
    assert.equal(isLocalStackConfigured(root), false);
    await configure([]);
    assert.equal(isLocalStackConfigured(root), true);
    const { config } = content();
    assert.deepEqual(config["slipway:images"], record.images);
    assert.deepEqual(config["slipway:releases"].hello.live, {
      version: "1.0.0",
      images: { web: `127.0.0.1:5000/hello-web@sha256:${DIGEST}` },
    });
    assert.deepEqual(lines, []);
  });

  it("SC-14 gets no release of a sample that projects.yml does not have, or has with other containers", async () => {
    await configure([], { projects: [declared("shop", "web"), declared("hello", "worker")] as Project[] });
    assert.deepEqual(Object.keys(content().config), ["slipway:images"]);
  });

  it("PU-09 gets a random key for the calendar, encrypted with the stack's passphrase", async () => {
    await configure([]);
    const { encryptionsalt, config } = content();
    const { secure } = config["slipway:variables"].calendar.SECRET_KEY;
    const secrets = new StackSecrets(encryptionsalt, () => findPassphrase({}, { root, isLocal: true }));
    assert.match((await secrets.cipher()).decrypt(secure), /^[\w-]{43}$/);
  });

  it("keeps a salt that is there, and takes the registry's port from it", async () => {
    const { saltString } = await StackSecrets.create(() => findPassphrase({}, { root, isLocal: true }));
    writeFileSync(file(), `encryptionsalt: ${saltString}\nconfig:\n  slipway:registry:\n    port: 5001\n`);
    await configure([]);
    assert.equal(content().encryptionsalt, saltString);
    assert.match(content().config["slipway:releases"].hello.live.images.web, /^127\.0\.0\.1:5001\//);
  });

  it("is the operator's afterwards: nothing in it is changed while its images are on the machine", async () => {
    const edited = "config:\n  slipway:images: {gateway: sha256:g1, postgres: sha256:p1, registry: sha256:r1} # mine\n";
    writeFileSync(file(), edited);
    await configure(["sha256:g1", "sha256:p1", "sha256:r1"]);
    assert.equal(readFileSync(file(), "utf8"), edited);
  });

  it("gets the new image of the platform where its own is gone, and says so", async () => {
    writeFileSync(
      file(),
      "config:\n  slipway:images:\n    gateway: sha256:g1\n    postgres: sha256:p1\n    registry: sha256:r1\n",
    );
    await configure(["sha256:p1", "sha256:r1"]);
    assert.deepEqual(content().config, {
      "slipway:images": { gateway: "sha256:g2", postgres: "sha256:p1", registry: "sha256:r1" },
    });
    assert.deepEqual(lines, ["slipway: image gateway: stack local now names the new one; the one before is gone\n"]);
  });

  it("gets an image of the platform that was made anew where its own is of the setup before, and says so", async () => {
    const images = { gateway: "sha256:g1", postgres: "sha256:mine", registry: "sha256:r2" };
    writeFileSync(file(), stringify({ config: { "slipway:images": images } }));
    const before = { ...record, images: { gateway: "sha256:g1", postgres: "sha256:p1", registry: "sha256:r2" } };
    await configure(Object.values(images), { before });
    assert.deepEqual(content().config, { "slipway:images": { ...images, gateway: "sha256:g2" } });
    const effect = "slipway:infrastructure: apply puts it to work";
    assert.deepEqual(lines, [`slipway: image gateway: stack local now names the new one; ${effect}\n`]);
  });
});
