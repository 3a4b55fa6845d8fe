import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { Ledger } from "../support/ledger/ledger";
import { underLoad } from "../support/ledger/under-load";
import { note } from "../support/note";

describe("what a deploy or a rollback finds on its way, under load", function () {
  this.timeout(300_000);
  let ledger: Ledger;

  before(async () => {
    ledger = await Ledger.create();
    await ledger.build("2.0.0");
    await ledger.build("3.0.0");
    await ledger.build("4.0.0");
    await ledger.stack.succeed("deploy", "ledger", "2.0.0");
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  const standbyRelease = async () =>
    (await ledger.state<{ standby: { release: string } }>("record.json")).standby.release;

  it("fault 28 OV-11 the image of the version to go back to is gone: refused before anything is touched, exit 2", async function () {
    await ledger.stack.succeed("deploy", "ledger", "3.0.0");
    const live = await ledger.served();
    const kept = await ledger.releases();
    const file = await readFile(ledger.stack.stackFile, "utf8");
    const { deployment_history: past } = await ledger.state<{ deployment_history: PastDeployment[] }>("manifest.json");
    const image = past.find(({ version }) => version === "1.0.0")?.images.web ?? assert.fail("1.0.0 was never live");
    const { outcome: run, text } = await underLoad(ledger, async () => {
      await lose(image);
      return ledger.stack.slipway("rollback", "ledger", "1.0.0", "--yes");
    });
    assert.equal(run.code, 2, run.output);
    assert.match(run.stderr, /the image of container web is neither on this host nor in its registry/);
    assert.equal(await ledger.served(), live);
    assert.deepEqual(await ledger.releases(), kept);
    assert.equal(await readFile(ledger.stack.stackFile, "utf8"), file);
    note(this, `${text}; release 3.0.0 served; exit ${run.code}`);
  });

  /** Here, with every name that a backup gave it, and in the registry: the manifest, and what Docker may know it for. */
  async function lose(image: string): Promise<void> {
    const { docker, registryPort } = ledger.stack;
    const { Id, RepoTags } = await docker.getImage(image).inspect();
    for (const name of [image, ...RepoTags]) await docker.getImage(name).remove({ force: true }).catch(ignoreGone);
    for (const gone of [`manifests/${image.split("@")[1]}`, `blobs/${Id}`]) {
      const url = `http://127.0.0.1:${registryPort}/v2/ledger/${gone}`;
      assert.equal((await fetch(url, { method: "DELETE" })).status, 202);
    }
  }

  it("fault 29 RB-12 the standby is gone when a rollback needs it: the live release goes on serving, exit 1", async function () {
    const live = await ledger.served();
    const standby = await ledger.stack.containers({
      "slipway.project": "ledger",
      "slipway.release": await standbyRelease(),
    });
    const file = await readFile(ledger.stack.stackFile, "utf8");
    const { outcome: run, text } = await underLoad(ledger, async () => {
      for (const { Id } of standby) await ledger.stack.docker.getContainer(Id).remove({ force: true });
      return ledger.stack.slipway("rollback", "ledger", "--yes");
    });
    assert.equal(run.code, 1, run.output);
    assert.match(run.stderr, /ERROR: .*[Nn]o such container/);
    assert.equal(await ledger.served(), live);
    assert.equal(await readFile(ledger.stack.stackFile, "utf8"), file);
    note(this, `${text}; the live release served on; exit ${run.code}`);
  });

  it("fault 38 PU-10 its record is cut short: what it said before counts, loudly, and a deploy settles it", async function () {
    await ledger.stack.deployed("--refresh");
    const record = ledger.stateFile("record.json");
    const text = await readFile(record, "utf8");
    const { text: seen } = await underLoad(ledger, async () => {
      await writeFile(record, text.slice(0, text.length / 2));
      const run = await ledger.stack.slipway("deploy", "ledger", "4.0.0");
      assert.equal(run.code, 0, run.output);
      assert.match(run.output, /WARN: .*record\.json is damaged; what it said before counts/);
    });
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal((await ledger.state<{ live: { version: string } }>("record.json")).live.version, "4.0.0");
    note(this, `${seen}; the record before was used, with a warning; the deploy went on`);
  });

  it("fault 38 what it notes beside its record is damaged: a deploy goes on, names each file and keeps it aside", async function () {
    const files = ["watch.json", "failure.json", "intent.json"];
    const { text } = await underLoad(ledger, async () => {
      for (const file of files) await writeFile(ledger.stateFile(file), "{ half");
      const log = (await ledger.stack.hostLog()).length;
      const run = await ledger.stack.slipway("deploy", "ledger", "2.0.0");
      assert.equal(run.code, 0, run.output);
      const logged = (await ledger.stack.hostLog()).slice(log);
      // An intent is written anew by each deploy.
      for (const file of files.slice(0, 2)) {
        assert.match(
          logged,
          new RegExp(`WARN: .*${file} is damaged and counts as not there; it is kept as .*\\.damaged`),
        );
        assert.equal(await readFile(ledger.stateFile(`${file}.damaged`), "utf8"), "{ half");
      }
    });
    note(this, `${text}; the deploy went on without them, with a warning for each`);
  });

  it("fault 38 its images, its description or the platform's are cut short: a deploy goes on, and names each file", async function () {
    const expected = {
      "images.json": "what it said before counts",
      "description.json": "its copy, which says the same, takes its place",
      "../../platform.json": "its copy, which says the same, takes its place",
    };
    const { text } = await underLoad(ledger, async () => {
      for (const file of Object.keys(expected)) {
        const path = ledger.stateFile(file);
        const content = await readFile(path, "utf8");
        await writeFile(path, content.slice(0, content.length / 2));
      }
      const log = (await ledger.stack.hostLog()).length;
      const run = await ledger.stack.slipway("deploy", "ledger", "3.0.0");
      assert.equal(run.code, 0, run.output);
      const logged = (await ledger.stack.hostLog()).slice(log);
      for (const [file, what] of Object.entries(expected)) {
        assert.match(logged, new RegExp(`WARN: .*/${file.replace(/.*\//, "")} is damaged; ${what}`));
      }
    });
    note(this, `${text}; what they said before, or their copies, counted, with a warning for each`);
  });

  it("fault 36 two deploys of one project at once: the second waits, says for whom, and both succeed", async function () {
    const { text } = await underLoad(ledger, async () => {
      const first = ledger.stack.start(["deploy", "ledger", "2.0.0"]);
      const second = ledger.stack.start(["deploy", "ledger", "3.0.0"]);
      const runs = await Promise.all([first.done, second.done]);
      const output = runs.map((run) => run.output).join("\n");
      assert.deepEqual(
        runs.map(({ code }) => code),
        [0, 0],
        output,
      );
      assert.match(output, /waiting for deploy ledger \(process \d+, since \d{4}-\d\d-\d\dT[^)]*\), at most 900 s/);
    });
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    note(this, `${text}; the second waited for the first, both exit 0`);
  });

  it("fault 36 with --lock-wait 0 the second is refused at once, and names who holds the lock", async function () {
    const { text } = await underLoad(ledger, async () => {
      const first = ledger.stack.start(["deploy", "ledger", "2.0.0", "--lock-wait", "0"]);
      const second = ledger.stack.start(["deploy", "ledger", "2.0.0", "--lock-wait", "0"]);
      const runs = await Promise.all([first.done, second.done]);
      const output = runs.map((run) => run.output).join("\n");
      assert.deepEqual(runs.map(({ code }) => code).sort(), [0, 1], output);
      assert.match(output, /is locked by \S+, process \d+ \(deploy ledger\) since \d{4}-/);
    });
    note(this, `${text}; one deployed, the other exit 1 at once`);
  });
});

interface PastDeployment {
  version: string;
  images: Record<string, string>;
}

function ignoreGone(error: { statusCode?: number }): void {
  if (error.statusCode !== 404) throw error;
}
