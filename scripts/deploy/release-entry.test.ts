import { strict as assert } from "node:assert";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SmallDisk } from "../../test/support/small-disk";
import { ReleaseEntry } from "./release-entry";

const digest = (digit: string) => `registry.example/hello@sha256:${digit.repeat(64)}`;

const STACK_FILE = `# Kept by hand.
encryptionsalt: v1:salt
config:
  slipway:releases:
    hello:
      live:
        version: 1.0.0
        images:
          web: ${digest("a")}
`;

describe("a project's releases in the stack's file", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-entry-"));
    file = join(folder, "Pulumi.local.yaml");
    await writeFile(file, STACK_FILE, { mode: 0o640 });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const next = { live: { version: "1.1.0", images: { web: digest("b") } } };

  it("SC-03 a deploy that failed has the file as it was, to the byte, its permissions too", async () => {
    const entry = await ReleaseEntry.open(file, "hello");
    await entry.write(next);
    assert.match(await readFile(file, "utf8"), /1\.1\.0/);
    await entry.restore();
    assert.equal(await readFile(file, "utf8"), STACK_FILE);
    assert.equal((await stat(file)).mode & 0o777, 0o640);
  });

  it("SC-03 tells that a failure wrote it, until the next deploy writes its own", async () => {
    const entry = await ReleaseEntry.open(file, "hello");
    await entry.write({ ...next, fallback: true });
    assert.match(await readFile(file, "utf8"), /^ {6}fallback: true$/m);
    await (await ReleaseEntry.open(file, "hello")).write(next);
    assert.doesNotMatch(await readFile(file, "utf8"), /fallback/);
  });

  const COMMENTED = STACK_FILE.replace(
    "      live:\n        version: 1.0.0\n",
    "      # In use since the move.\n      live:\n        # A tag.\n        version: 1.10 # frozen until May\n",
  );

  it("PU-06 comments of the entry outlive a deploy", async () => {
    await writeFile(file, COMMENTED);
    await (await ReleaseEntry.open(file, "hello")).write({ ...next, standby: { version: "1.10", images: {} } });
    const text = await readFile(file, "utf8");
    for (const comment of ["# In use since the move.", "# A tag.", "version: 1.1.0 # frozen until May"]) {
      assert.ok(text.includes(comment), `${comment} in ${text}`);
    }
    assert.match(text, new RegExp(`web: ${digest("b")}\n {6}standby:\n {8}version: "1\\.10"\n`));
  });

  it("SC-03 a deploy that failed has the entry as it was, also where somebody edited the rest of the file meanwhile", async () => {
    await writeFile(file, COMMENTED);
    const entry = await ReleaseEntry.open(file, "hello");
    await entry.write(next);
    const edit = (text: string) => `${text}  slipway:environment: staging\n`;
    await writeFile(file, edit(await readFile(file, "utf8")));
    await entry.restore();
    assert.equal(await readFile(file, "utf8"), edit(COMMENTED));
  });

  it("SC-03 PU-06 on a full disk the file stays whole when a failed deploy takes its edit back", async function () {
    if (!SmallDisk.canMount()) this.skip();
    await using disk = await SmallDisk.mount(join(folder, "small"), 64 * 1024);
    const onDisk = join(disk.folder, "Pulumi.local.yaml");
    // Longer than what the deploy puts in its place, so that the room for it is gone.
    const standby = `      standby:\n        version: ${"9".repeat(16_000)}\n`;
    await writeFile(onDisk, STACK_FILE + standby);
    const entry = await ReleaseEntry.open(onDisk, "hello");
    await entry.write(next);
    const written = await readFile(onDisk, "utf8");
    await fill(join(disk.folder, "filler"));
    await assert.rejects(entry.restore(), { code: "ENOSPC" });
    assert.equal(await readFile(onDisk, "utf8"), written);
    assert.deepEqual((await readdir(disk.folder)).sort(), ["Pulumi.local.yaml", "filler"]);
  });
});

/** Until not even a page of the file system is left. */
async function fill(path: string): Promise<void> {
  await writeFile(path, "");
  await assert.rejects(
    async () => {
      for (;;) await writeFile(path, Buffer.alloc(4096), { flag: "a" });
    },
    { code: "ENOSPC" },
  );
}
