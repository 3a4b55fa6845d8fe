import assert from "node:assert";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { StackFiles } from "../engine/state/stack-files";
import { lockStack } from "../engine/state/stack-lock";
import { username } from "./username";

describe("a uid that has no name, as in a container with `--user 12345`", () => {
  const environment = process.env;
  const number = `uid ${process.getuid?.()}`;

  beforeEach(() => {
    const { USER: _, LOGNAME: __, ...others } = environment;
    process.env = others;
    mock.method(os, "userInfo", () => {
      throw new Error("A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)");
    });
  });
  afterEach(() => {
    mock.restoreAll();
    process.env = environment;
  });

  it("goes by USER, then LOGNAME, then its number", () => {
    assert.equal(username(), number);
    process.env.LOGNAME = "ann";
    assert.equal(username(), "ann");
    process.env.USER = "bea";
    assert.equal(username(), "bea");
  });

  it("takes the lock of a stack", async () => {
    const files = new StackFiles(await mkdtemp(join(os.tmpdir(), "slipway-")), { project: "p", stack: "dev" });
    const lock = await lockStack(files, () => undefined);
    const [name] = await readdir(files.lockFolder);
    assert.equal(JSON.parse(await readFile(join(files.lockFolder, name as string), "utf8")).username, number);
    await lock.release();
    await rm(files.root, { recursive: true });
  });
});
