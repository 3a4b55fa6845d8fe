import assert from "node:assert";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { FileBackend } from "./file-backend";
import { readCheckpoint } from "./read-checkpoint";

const NAME = { project: "p", stack: "dev" };
const generation = (number: number) =>
  JSON.stringify({ version: 3, checkpoint: { stack: "organization/p/dev", number } });

describe("file backend", () => {
  let backend: FileBackend;
  beforeEach(async () => {
    backend = new FileBackend(await mkdtemp(join(tmpdir(), "slipway-")));
    await backend.create(NAME, generation(1));
  });
  afterEach(() => rm(backend.folder, { recursive: true }));

  const number = async () => {
    const read = await backend.read(NAME);
    return { number: read.checkpoint.checkpoint.number, damaged: read.damaged };
  };

  it("has Pulumi's layout, and nothing else in it", async () => {
    await backend.write(NAME, generation(2));
    const files = (await readdir(backend.root, { recursive: true })).sort();
    const folders = [
      "locks",
      "locks/organization",
      "locks/organization/p",
      "locks/organization/p/dev",
      "stacks",
      "stacks/p",
    ];
    assert.deepEqual(files, [...folders, "meta.yaml", "stacks/p/dev.json", "stacks/p/dev.json.bak"].sort());
    assert.equal(await readFile(join(backend.root, "meta.yaml"), "utf8"), "version: 1\n");
    assert.equal(await readFile(backend.files(NAME).previous, "utf8"), generation(1));
  });

  for (const [what, damage] of [
    ["cut off in the middle", (file: string) => truncate(file, 20)],
    ["empty", (file: string) => truncate(file, 0)],
    ["two bytes long", (file: string) => writeFile(file, "{}")],
    ["not a checkpoint", (file: string) => writeFile(file, '{"version":3}')],
    ["binary", (file: string) => writeFile(file, Buffer.from([0x1f, 0x8b, 1, 2, 3]))],
  ] as const) {
    it(`PU-06 a state that is ${what} is read from the generation before, and both files are named`, async () => {
      await backend.write(NAME, generation(2));
      const { checkpoint, previous } = backend.files(NAME);
      await damage(checkpoint);
      const read = await backend.read(NAME);
      assert.equal(read.checkpoint.checkpoint.number, 1);
      assert.equal(read.file, previous);
      assert.equal(read.damaged?.file, checkpoint);
      assert.ok(read.damaged?.reason);
    });
  }

  it("PU-06 without a usable .bak the newest backup is used", async () => {
    const { checkpoint, previous, backupsFolder } = backend.files(NAME);
    await mkdir(backupsFolder, { recursive: true });
    await writeFile(join(backupsFolder, "dev.1795243042000000000.json"), generation(7));
    await writeFile(join(backupsFolder, "dev.1795243043000000000.json"), generation(8));
    await truncate(checkpoint, 0);
    await writeFile(previous, "");
    assert.equal((await number()).number, 8);
  });

  it("PU-06 with no good generation at all nothing is assumed", async () => {
    await truncate(backend.files(NAME).checkpoint, 0);
    await assert.rejects(
      backend.read(NAME),
      /no generation of the state of stack 'dev' can be read:[\s\S]*dev\.json: empty/,
    );
  });

  it("PU-06 a state that cannot be opened, as one that root wrote, is not damaged: nothing stands in for it", async () => {
    await backend.write(NAME, generation(2));
    const files = backend.files(NAME);
    const refused = async (file: string): Promise<Buffer> => {
      if (file !== files.checkpoint) return readFile(file);
      throw Object.assign(new Error(`EACCES: permission denied, open '${file}'`), { code: "EACCES" });
    };
    await assert.rejects(readCheckpoint(files, refused), (error: Error) => {
      const [what, hint] = error.message.split("\n");
      assert.equal(
        what,
        `the state ${files.checkpoint} cannot be opened: EACCES: permission denied, open '${files.checkpoint}'`,
      );
      assert.match(
        hint ?? "",
        /^hint: another user wrote it, .*sudo chown -R "\$USER" \S+\.pulumi`, then run this again/,
      );
      return true;
    });
    await rm(files.checkpoint);
    await symlink("dev.json", files.checkpoint);
    await assert.rejects(backend.read(NAME), /dev\.json cannot be opened: ELOOP.*\nhint: see to it that/);
    await assert.rejects(backend.exists(NAME), /dev\.json cannot be opened: ELOOP/);
  });

  it("PU-06 an earlier generation that cannot be opened is passed over, and named when none is left", async () => {
    const { checkpoint, previous, backupsFolder } = backend.files(NAME);
    await truncate(checkpoint, 0);
    await mkdir(previous);
    await assert.rejects(backend.read(NAME), /dev\.json: empty\n {2}\S+dev\.json\.bak: EISDIR/);
    await mkdir(backupsFolder, { recursive: true });
    await writeFile(join(backupsFolder, "dev.1795243042000000000.json"), generation(7));
    assert.deepEqual(await number(), { number: 7, damaged: { file: checkpoint, reason: "empty" } });
  });

  it("what was damaged is set aside, and the good generation under it is kept", async () => {
    await backend.write(NAME, generation(2));
    const { checkpoint, previous, damaged } = backend.files(NAME);
    await truncate(checkpoint, 20);
    await backend.write(NAME, generation(3), { setAsideDamaged: true });
    assert.equal((await number()).number, 3);
    assert.equal(await readFile(previous, "utf8"), generation(1));
    assert.equal((await readFile(damaged)).length, 20);
  });

  it("reads a compressed state, and the newer of the two forms", async () => {
    const { checkpoint, compressed } = backend.files(NAME);
    await rm(checkpoint);
    await writeFile(compressed, gzipSync(generation(5)));
    assert.equal((await number()).number, 5);
    await backend.write(NAME, generation(6));
    assert.deepEqual(await backend.stackNames("p"), ["dev"]);
    assert.equal((await number()).number, 6);
  });

  it("refuses states that it would spoil: other layouts, later versions, unknown features", async () => {
    await writeFile(backend.files(NAME).checkpoint, '{"version":9,"checkpoint":{}}');
    await assert.rejects(backend.read(NAME), /the stack 'dev' is newer than/);
    await writeFile(
      backend.files(NAME).checkpoint,
      '{"version":4,"features":["hooks","magic","replaceWith","views"],"checkpoint":{}}',
    );
    await assert.rejects(backend.read(NAME), /needs support for the following features: hooks, magic, views\./);
    await writeFile(join(backend.root, "meta.yaml"), "version: 2\n");
    await assert.rejects(backend.check(), /layout of this state directory is 2; this engine reads version 1/);
  });

  it("removes a stack as Pulumi does: the .bak and the backups stay", async () => {
    const { historyFolder } = backend.files(NAME);
    await mkdir(historyFolder, { recursive: true });
    await writeFile(join(historyFolder, "dev-1.history.json"), "{}");
    await backend.remove(NAME);
    assert.equal(await backend.exists(NAME), false);
    assert.deepEqual(await readdir(join(backend.root, "stacks/p")), ["dev.json.bak"]);
    assert.deepEqual(await readdir(historyFolder), []);
    await assert.rejects(backend.read(NAME), /no stack named 'dev' found/);
  });

  it("names a state directory that is not there", async () => {
    await assert.rejects(new FileBackend("/nonexistent/x").check(), {
      message: 'unable to open state directory "file:///nonexistent/x": stat /nonexistent/x: no such file or directory',
    });
  });
});
