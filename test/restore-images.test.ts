import assert from "node:assert/strict";
import { onHost } from "./support/host-program";
import { Ledger } from "./support/ledger/ledger";

describe("a restore of the images of a backup", function () {
  this.timeout(180_000);
  let ledger: Ledger;
  let image: string;
  let backup: string;

  before(async () => {
    ledger = await Ledger.create();
    for (const version of ["1.1.0", "1.2.0"]) {
      await ledger.build(version);
      await ledger.stack.succeed("deploy", "ledger", version);
    }
    const entry = (await ledger.backups()).find(({ version }) => version === "1.0.0");
    image = entry?.images.web ?? assert.fail("there is no backup of 1.0.0");
    backup = entry?.backup_id ?? "";
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  const restore = () => onHost(ledger.stack, ["restore", "ledger", backup, "--only", "images", "--yes"]);
  const isHere = () =>
    ledger.stack.docker
      .getImage(image)
      .inspect()
      .then(
        () => true,
        () => false,
      );

  /** With every name that a backup gave it. */
  async function removeImage(): Promise<void> {
    const { RepoTags } = await ledger.stack.docker.getImage(image).inspect();
    for (const name of [...RepoTags, image]) await ledger.stack.docker.getImage(name).remove({ force: true });
    assert.equal(await isHere(), false);
  }

  it("MT-17 brings one that is gone from this host back from its registry, and touches no data", async () => {
    await removeImage();
    const before = (await ledger.backups()).length;
    const run = await restore();
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /INFO: ledger: web ran .*, which is on this host/);
    assert.match(run.stdout, /INFO: Restore successful/);
    assert.equal(await isHere(), true);
    assert.equal((await ledger.backups()).length, before);
  });

  it("MT-17 fails, naming it, where the registry does not have it either", async () => {
    const { Id } = await ledger.stack.docker.getImage(image).inspect();
    await removeImage();
    for (const gone of [`manifests/${image.split("@")[1]}`, `blobs/${Id}`]) {
      const url = `http://127.0.0.1:${ledger.stack.registryPort}/v2/ledger/${gone}`;
      assert.equal((await fetch(url, { method: "DELETE" })).status, 202);
    }
    const run = await restore();
    assert.equal(run.code, 1, run.stdout + run.stderr);
    assert.match(run.stderr, /the image of web, .*, is neither to be pulled nor kept by a backup/);
    assert.doesNotMatch(run.stdout, /Restore successful/);
  });
});
