import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { derivedImage } from "./support/derived-image";
import { sampleRelease } from "./support/machine-images";
import { helloLike, helloWithWorker, type ProjectEntry } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

const HOST = "hello.localhost";

interface Manifest {
  project: string;
  environment: string;
  current_deployment: { version: string; release: string; deployed_by: string; images: Record<string, string> };
  deployment_history: { version: string; result: string; reason?: string }[];
}

describe("deploy and rollback as commands", function () {
  this.timeout(120_000);
  let stack: TestStack;
  let first: string;

  before(async () => {
    const projects = { hello: helloLike("hello"), dinghy: helloLike("dinghy") };
    stack = await TestStack.create({ projects: { projects } });
    const live = await sampleRelease("hello", "1.0.0", stack.registryPort);
    await stack.configure({ releases: { hello: { live }, dinghy: { live: structuredClone(live) } } });
    await stack.deployed();
    first = await stack.servedRelease(HOST);
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const manifest = async (): Promise<Manifest> =>
    JSON.parse(await readFile(join(stack.folder, ".slipway/var/lib/slipway/projects/hello/manifest.json"), "utf8"));
  const releasesOf = async (project: string) => [
    ...new Set((await stack.containers({ "slipway.project": project })).map(({ Labels }) => Labels["slipway.release"])),
  ];

  it("SC-03 MT-12 SC-17 deploy resolves a version of the registry, moves traffic and keeps the release before as standby", async () => {
    await using load = stack.load(HOST);
    const run = await stack.succeed("deploy", "hello", "1.1.0");
    assert.deepEqual((await load.stop()).failures, [], run.output);
    assert.match(run.stdout, /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] INFO: Starting deployment of 1\.1\.0$/m);
    assert.match(run.stdout, /INFO: Deployment successful: 1\.1\.0$/m);
    assert.match(
      run.stdout,
      /hello 1\.1\.0 is live at http:\/\/hello\.localhost:\d+ \(release [0-9a-f]{10}\) after .* rollout/,
    );
    assert.match(run.stdout, /to go back: slipway rollback hello/);
    const live = await stack.servedRelease(HOST);
    assert.notEqual(live, first);
    assert.deepEqual((await releasesOf("hello")).sort(), [first, live].sort());
  });

  it("MT-15 the manifest says what is live, by whom, and what was", async () => {
    const { project, environment, current_deployment, deployment_history } = await manifest();
    assert.deepEqual([project, environment, current_deployment.version], ["hello", "local", "1.1.0"]);
    assert.equal(current_deployment.release, await stack.servedRelease(HOST));
    assert.match(current_deployment.deployed_by, /.+@.+/);
    assert.deepEqual(
      deployment_history.map(({ version, result }) => [version, result]),
      [
        ["1.1.0", "success"],
        ["1.0.0", "success"],
      ],
    );
  });

  it("PU-07 an `up` after it changes nothing", async () => {
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("SC-03 the same release again is a no-op that says so", async () => {
    const { stdout } = await stack.succeed("deploy", "hello", "1.1.0");
    assert.match(stdout, /hello: 1\.1\.0 \(release [0-9a-f]{10}\) is live already; nothing to do/);
  });

  it("SC-03 PU-06 settings of projects.yml that failed are deployed again by the next deploy, once they are mended", async () => {
    const live = await stack.servedRelease(HOST);
    const declare = (container = {}) =>
      stack.declare({ projects: { hello: helloLike("hello", container), dinghy: helloLike("dinghy") } });
    await declare({ health: { path: "/nowhere", intervalSeconds: 0.2, deadlineSeconds: 2 } });
    const failed = await stack.slipway("deploy", "hello");
    assert.equal(failed.code, 1, failed.output);
    assert.equal(await stack.servedRelease(HOST), live);
    assert.match(await readFile(stack.stackFile, "utf8"), /fallback: true/);
    await declare();
    const run = await stack.succeed("deploy", "hello");
    assert.match(run.stdout, /INFO: with the settings of projects\.yml, no longer those kept when a command failed$/m);
    assert.equal(await stack.servedRelease(HOST), live);
    assert.doesNotMatch(await readFile(stack.stackFile, "utf8"), /fallback/);
    assert.match((await stack.succeed("deploy", "hello")).stdout, /is live already; nothing to do/);
  });

  it("SC-03 PU-06 so is a container that was added, and wherever its images are is still known", async () => {
    const [live, text] = [await stack.servedRelease(HOST), await readFile(stack.stackFile, "utf8")];
    const declare = (hello: ProjectEntry) => stack.declare({ projects: { hello, dinghy: helloLike("dinghy") } });
    const withMailer = helloWithWorker(3);
    const { mailer } = withMailer.containers;
    const failing = { ...mailer, health: { command: ["false"], intervalSeconds: 0.2, deadlineSeconds: 2 } };
    await declare({ ...withMailer, containers: { ...withMailer.containers, mailer: failing } });
    const unknown = await stack.slipway("deploy", "hello", "1.1.0");
    const [, command = ""] = /slipway (config set .*) REGISTRY/.exec(unknown.output) ?? assert.fail(unknown.output);
    const { web } = (await sampleRelease("hello", "1.1.0", stack.registryPort)).images;
    await stack.succeed(...command.split(" "), web as string);
    const failed = await stack.slipway("deploy", "hello", "1.1.0");
    assert.equal(failed.code, 1, failed.output);
    assert.equal(await stack.servedRelease(HOST), live);
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    await stack.succeed("deploy", "dinghy");

    await declare(withMailer);
    await stack.succeed("deploy", "hello", "1.1.0");
    assert.notEqual(await stack.servedRelease(HOST), live);
    await stack.succeed("rollback", "hello", "--yes");
    assert.equal(await stack.servedRelease(HOST), live);
    await stack.succeed("deploy", "dinghy");
    await stack.succeed("deploy", "hello", "1.1.0");
    assert.notEqual(await stack.servedRelease(HOST), live);

    await stack.succeed("rollback", "hello", "--yes");
    await declare(helloLike("hello"));
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    await stack.write(stack.stackFile.slice(stack.folder.length + 1), text);
    await stack.deployed();
    assert.equal(await stack.servedRelease(HOST), live);
  });

  it("SC-03 the same tag of another image is another release", async () => {
    const tag = (name: string) => `http://127.0.0.1:${stack.registryPort}/v2/hello/manifests/${name}`;
    const accept = "application/vnd.docker.distribution.manifest.v2+json";
    const [old, other] = await Promise.all(
      ["1.1.0", "1.0.0"].map(async (name) => (await fetch(tag(name), { headers: { accept } })).text()),
    );
    const put = (body: string | undefined) =>
      fetch(tag("1.1.0"), { method: "PUT", headers: { "content-type": accept }, body: body ?? "" });
    const before = await stack.servedRelease(HOST);
    await put(other);
    await stack.succeed("deploy", "hello", "1.1.0");
    assert.notEqual(await stack.servedRelease(HOST), before);
    await put(old);
    await stack.succeed("rollback", "hello", "--yes");
    assert.equal(await stack.servedRelease(HOST), before);
    await stack.succeed("rollback", "hello", first, "--yes");
    await stack.succeed("deploy", "hello", "1.1.0");
  });

  it("SC-03 an unknown version exits 1, says what there is, and changes nothing", async () => {
    const before = await readFile(stack.stackFile, "utf8");
    const run = await stack.slipway("deploy", "hello", "9.9.9");
    assert.equal(run.code, 1, run.output);
    assert.match(run.stderr, /ERROR: 127\.0\.0\.1:\d+\/hello has no version 9\.9\.9: .* its tags: 1\.\d\.0, 1\.\d\.0/);
    assert.equal(await readFile(stack.stackFile, "utf8"), before);
  });

  it("SC-04 SC-17 RB-06 rollback goes back to the standby by a switch, and the configuration follows", async () => {
    const live = await stack.servedRelease(HOST);
    const before = (await stack.containers({ "slipway.project": "hello" })).map(({ Id }) => Id).sort();
    await using load = stack.load(HOST);
    const run = await stack.succeed("rollback", "hello", "--yes");
    assert.deepEqual((await load.stop()).failures, [], run.output);
    assert.match(
      run.stdout,
      new RegExp(`Rollback of hello: 1\\.1\\.0 \\(release ${live}\\) -> 1\\.0\\.0 \\(release ${first}\\)`),
    );
    assert.match(run.stdout, /Rollback successful: 1\.0\.0$/m);
    assert.equal(await stack.servedRelease(HOST), first);
    const after = (await stack.containers({ "slipway.project": "hello" })).map(({ Id }) => Id).sort();
    assert.deepEqual(after, before, "a rollback to the standby starts and removes nothing");
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    const { current_deployment, deployment_history } = await manifest();
    assert.equal(current_deployment.version, "1.0.0");
    assert.deepEqual([deployment_history[0]?.version, deployment_history[0]?.reason], ["1.0.0", "rollback"]);
  });

  it("RB-06 with no terminal and no yes it refuses, and changes nothing", async () => {
    const run = await stack.slipway("rollback", "hello");
    assert.equal(run.code, 1, run.output);
    assert.match(run.stderr, /not done: answer yes, or give --yes \(ROLLBACK_CONFIRM=yes\)/);
    assert.equal(await stack.servedRelease(HOST), first);
  });

  it("SC-04 edge case 5: rollback to a version that is not known exits 2 before anything changes", async () => {
    const before = await readFile(stack.stackFile, "utf8");
    const run = await stack.slipway("rollback", "hello", "0.9.0", "--yes");
    assert.equal(run.code, 2, run.output);
    assert.match(run.stderr, /hello: version 0\.9\.0 is not known here; known: 1\.0\.0, 1\.1\.0/);
    assert.equal(await readFile(stack.stackFile, "utf8"), before);
  });

  it("RB-04 MT-13 a deploy that fails leaves traffic, containers and configuration as they were, and exits 1", async () => {
    const image = await derivedImage(stack, "2.0.0", {
      instructions: [`CMD ["bash", "-c", "echo cannot open the sea; exit 3"]`],
    });
    const before = {
      file: await readFile(stack.stackFile, "utf8"),
      ids: (await stack.containers()).map(({ Id }) => Id).sort(),
    };
    await using load = stack.load(HOST);
    const run = await stack.slipway("deploy", "hello", "2.0.0");
    assert.deepEqual((await load.stop()).failures, [], run.output);
    assert.equal(run.code, 1, `${image}\n${run.output}`);
    assert.match(run.stderr, /ERROR: Deployment failed - initiating rollback$/m);
    assert.match(run.stdout, /INFO: Rollback complete$/m);
    assert.match(run.stderr, /ERROR: Deploy of hello 2\.0\.0 failed: .*container web ended with exit code 3/);
    assert.match(run.stderr, /Live: 1\.0\.0 \(release [0-9a-f]{10}\), as before/);
    assert.equal(await readFile(stack.stackFile, "utf8"), before.file);
    assert.deepEqual((await stack.containers()).map(({ Id }) => Id).sort(), before.ids);
    const [failed] = (await manifest()).deployment_history;
    assert.deepEqual([failed?.version, failed?.result], ["2.0.0", "failed"]);
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("refuses a deploy that would touch another project, and changes nothing", async () => {
    const live = await sampleRelease("hello", "1.0.0", stack.registryPort);
    const text = await readFile(stack.stackFile, "utf8");
    const changed = text.replace(/(dinghy:\n\s+live:\n\s+version: )1\.0\.0/, "$11.0.1");
    assert.notEqual(changed, text, JSON.stringify(live));
    await stack.write(stack.stackFile.slice(stack.folder.length + 1), changed);
    const run = await stack.slipway("deploy", "hello", "1.1.0");
    assert.equal(run.code, 1, run.output);
    assert.match(run.stderr, /a deploy of hello would also touch what is not its own: .*dinghy-/);
    assert.equal(await readFile(stack.stackFile, "utf8"), changed);
    await stack.write(stack.stackFile.slice(stack.folder.length + 1), text);
  });

  it("MT-05 SC-03 what speaks against a deploy is listed, exit 1; --force goes on, with a warning for each", async () => {
    await stack.configure({ deploy: { "*": { watchSeconds: 0, freeGB: 1_000_000 } } });
    await stack.deployed();
    const before = await stack.servedRelease(HOST);
    const refused = await stack.slipway("deploy", "hello", "1.1.0");
    assert.equal(refused.code, 1, refused.output);
    assert.match(refused.output, /one check before the deploy of release [0-9a-f]{10} failed; nothing was changed/);
    assert.equal(await stack.servedRelease(HOST), before);
    const forced = await stack.succeed("deploy", "hello", "1.1.0", "--force");
    assert.match(forced.output, /WARN: hello: .*GB free.*; going on because of --force/);
    assert.notEqual(await stack.servedRelease(HOST), before);
    await stack.configure({ deploy: { "*": { watchSeconds: 0 } } });
    await stack.deployed();
  });

  it("MT-06 --skip-backup leaves the backup out, with a warning", async () => {
    const run = await stack.succeed("deploy", "hello", "1.0.0", "--skip-backup");
    assert.match(run.output, /WARN: hello: no backup before release [0-9a-f]{10}, as .+@.+ asked/);
    assert.doesNotMatch(run.output, /Backup created/);
  });

  it("SC-03 a backup that fails ends the deploy with 2, and nothing was changed", async () => {
    const before = { live: await stack.servedRelease(HOST), file: await readFile(stack.stackFile, "utf8") };
    const env = { BACKUP_DIR: join(stack.stackFile, "no folder") };
    const run = await stack.start(["deploy", "hello", "1.1.0", "--force"], { env }).done;
    assert.equal(run.code, 2, run.output);
    assert.deepEqual({ live: await stack.servedRelease(HOST), file: await readFile(stack.stackFile, "utf8") }, before);
  });

  it("SC-03 SC-14 an unknown option exits 1 with usage; --help is 0 and begins with examples", async () => {
    const wrong = await stack.slipway("deploy", "hello", "--frce");
    assert.equal(wrong.code, 1, wrong.output);
    assert.match(wrong.stderr, /Unknown option '--frce'.*usage: slipway deploy/s);
    for (const command of ["deploy", "rollback"]) {
      const help = await stack.succeed(command, "--help");
      assert.match(help.stdout, /Examples:/);
    }
  });

  it("RB-08 goes further back than the standby with what that release ran with, from its kept image", async () => {
    await stack.succeed("deploy", "hello", "1.1.0");
    const second = await stack.servedRelease(HOST);
    await stack.succeed("config", "set", "--path", "slipway:variables.hello.GREETING", "ahoy");
    await stack.succeed("deploy", "hello");
    assert.notEqual(await stack.servedRelease(HOST), second);
    const run = await stack.succeed("rollback", "hello", "1.0.0", "--yes");
    assert.equal(await stack.servedRelease(HOST), first, run.output);
    const [web] = await stack.containers({ "slipway.project": "hello", "slipway.release": first });
    const { Config } = await stack.docker.getContainer(web?.Id as string).inspect();
    assert.ok(!Config.Env.includes("GREETING=ahoy"), "it ran without this variable");
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });
});
