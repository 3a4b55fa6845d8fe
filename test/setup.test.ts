import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { docker, ifThere } from "../host/docker";
import { withRegistry } from "../scripts/setup/registry-content";
import { releaseImages, type SetupRecord } from "../scripts/setup/setup-record";
import { machineImages } from "./support/machine-images";

const REPOSITORY = resolve(__dirname, "..");
const PROGRAM = resolve(REPOSITORY, ".slipway/build/slipway.js");
const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

describe("setup", function () {
  this.timeout(120_000);
  let record: SetupRecord;

  before(async function () {
    this.timeout(600_000);
    record = await machineImages();
  });

  function setup(args: string[] = [], env: NodeJS.ProcessEnv = {}) {
    const run = spawnSync(process.execPath, [PROGRAM, "setup", ...args], {
      encoding: "utf8",
      // The hooks of whoever runs the tests are not for them to set.
      env: { ...process.env, GIT_DIR: "/nonexistent", ...env },
    });
    return { code: run.status, stdout: run.stdout, stderr: run.stderr };
  }

  it("SC-14 does nothing and says so where nothing is missing", () => {
    const files = ["Pulumi.local.yaml", ".slipway/setup.json"].map((name) => resolve(REPOSITORY, name));
    const before = files.map((file) => readFileSync(file, "utf8"));
    assert.deepEqual(setup(), {
      code: 0,
      stdout: "This machine is ready; stack local is deployed by: ./slipway up\n",
      stderr: "",
    });
    assert.deepEqual(
      files.map((file) => readFileSync(file, "utf8")),
      before,
    );
  });

  it("leaves both versions of every sample in the stack's registry, by digest", async () => {
    assert.deepEqual(
      record.samples.map(({ project, container, version }) => `${project} ${container} ${version}`).sort(),
      [
        "calendar backend 1.0.0",
        "calendar backend 1.1.0",
        "calendar frontend 1.0.0",
        "calendar frontend 1.1.0",
        "hello web 1.0.0",
        "hello web 1.1.0",
      ],
    );
    await withRegistry(docker(), record.images.registry, async (address) => {
      for (const { reference, image } of record.samples) {
        const [name, digest] = reference.split("@");
        const answer = await fetch(`http://${address}/v2/${name}/manifests/${digest}`, {
          headers: { accept: MANIFEST },
        });
        assert.equal(answer.status, 200, reference);
        assert.equal(((await answer.json()) as { config: { digest: string } }).config.digest, image);
      }
    });
  });

  it("SC-14 removes the registry of a setup that was killed before it starts another", async function () {
    const { State } = (await ifThere(docker().getContainer("slipway-local-registry").inspect())) ?? {};
    if (State?.Running) this.skip(); // Stack local is up: no other is started.
    const name = "slipway-local-registry-setup";
    const left = await docker().createContainer({ name, Image: record.images.registry });
    await withRegistry(docker(), record.images.registry, async (address) => {
      assert.equal((await fetch(`http://${address}/v2/`)).status, 200);
    });
    await assert.rejects(left.inspect(), { statusCode: 404 });
  });

  it("prints both releases as commands with these digests", () => {
    const { code, stdout } = setup(["--print", "releases"]);
    assert.equal(code, 0);
    for (const [project, version] of [
      ["hello", "1.1.0"],
      ["calendar", "1.0.0"],
    ] as const) {
      const port = Number(/127\.0\.0\.1:(\d+)\//.exec(stdout)?.[1]);
      for (const [container, reference] of Object.entries(releaseImages(record, project, version, port))) {
        assert.ok(stdout.includes(`--path slipway:releases.${project}.live.images.${container} ${reference}\n`));
      }
    }
  });

  it("says what to do when the Docker engine does not answer", () => {
    const { code, stdout, stderr } = setup([], { DOCKER_HOST: "unix:///nonexistent/docker.sock" });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^error: the Docker engine at DOCKER_HOST=unix:\/\/\/nonexistent\/docker\.sock does not answer/,
    );
    assert.match(stderr, /\nhint: start it, or unset DOCKER_HOST/);
  });

  it("SC-01 with --json prints what is ready, or why nothing is, and nothing else", () => {
    const { code, stdout, stderr } = setup(["--json"]);
    assert.deepEqual([code, stderr], [0, ""]);
    const { images, samples } = record;
    assert.deepEqual(JSON.parse(stdout), { schemaVersion: 1, result: "succeeded", images, samples });

    const failed = setup(["--json"], { DOCKER_HOST: "unix:///nonexistent/docker.sock" });
    assert.deepEqual([failed.code, failed.stdout], [1, ""]);
    const { code: kind, message } = JSON.parse(failed.stderr).error;
    assert.equal(kind, "slipway.setup.failed");
    assert.match(message, /docker\.sock does not answer/);
  });

  it("SC-01 shows its usage for --help, and for an unknown option with exit code 1", () => {
    assert.match(setup(["--help"]).stdout, /^Examples:\n {2}slipway setup/);
    const { code, stderr } = setup(["--nonsense"]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: Unknown option '--nonsense'\n\nExamples:\n {2}slipway setup/);
  });

  it("puts the host program where stack local runs it from", () => {
    assert.ok(existsSync(resolve(REPOSITORY, ".slipway/opt/slipway/host.js")));
  });
});
