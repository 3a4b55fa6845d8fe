import { strict as assert } from "node:assert";
import fs, { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { mock } from "node:test";
import { writeAtomic } from "./atomic-file";

describe("a file that is written as a whole", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-atomic-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  it("fault 39 is on disk before the promise is kept: content, then name, then folder", async () => {
    const calls: string[] = [];
    const realOpen = open;
    const realRename = fs.rename;
    mock.method(fs, "open", async (path: string, ...rest: [string, number?]) => {
      const name = path === root ? "folder" : basename(path).replace(/\d+/, "PID");
      const handle = await realOpen(path, ...rest);
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        await sync();
        calls.push(`synced ${name}`);
      };
      return handle;
    });
    mock.method(fs, "rename", async (from: string, to: string) => {
      await realRename(from, to);
      calls.push(`renamed to ${basename(to)}`);
    });
    try {
      await writeAtomic(join(root, "record.json"), "content");
    } finally {
      mock.restoreAll();
    }
    assert.deepEqual(calls, ["synced record.json.PID.tmp", "renamed to record.json", "synced folder"]);
    assert.equal(await readFile(join(root, "record.json"), "utf8"), "content");
  });
});
