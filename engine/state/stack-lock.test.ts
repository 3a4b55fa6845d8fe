import assert from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { StackFiles } from "./stack-files";
import { breakLocks, lockStack, StackLockedError } from "./stack-lock";

/** Of a process that has ended; the kernel hands out numbers in order, so it is not in use again yet. */
function endedProcess(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid as number;
}

describe("stack lock", () => {
  let files: StackFiles;
  let said: string[];
  const say = (line: string) => said.push(line);
  const plant = (holder: object) =>
    writeFile(join(files.lockFolder, "0b9b3a3c-0000-4000-8000-000000000000.json"), JSON.stringify(holder));
  const holder = (changes: object) => ({
    pid: process.pid,
    username: "ann",
    hostname: hostname(),
    timestamp: new Date(Date.now() - 300_000).toISOString(),
    ...changes,
  });

  beforeEach(async () => {
    said = [];
    files = new StackFiles(await mkdtemp(join(tmpdir(), "slipway-")), { project: "p", stack: "dev" });
    await mkdir(files.lockFolder, { recursive: true });
  });
  afterEach(() => rm(files.root, { recursive: true }));

  it("is one file in Pulumi's form, and gone after it", async () => {
    const lock = await lockStack(files, say);
    const [name, ...others] = await readdir(files.lockFolder);
    assert.deepEqual(others, []);
    assert.match(name ?? "", /^[0-9a-f-]{36}\.json$/);
    const content = JSON.parse(await readFile(join(files.lockFolder, name as string), "utf8"));
    assert.deepEqual(Object.keys(content), ["pid", "username", "hostname", "timestamp"]);
    await lock.release();
    assert.deepEqual(await readdir(files.lockFolder), []);
  });

  it("a second run is refused, naming holder, host, process, since when, and the way out", async () => {
    await plant(holder({ timestamp: new Date(Date.now() - 240_000).toISOString() }));
    await assert.rejects(lockStack(files, say), (error: Error) => {
      assert.ok(error instanceof StackLockedError);
      assert.match(error.message, /^the stack is currently locked by 1 lock\(s\)\. .*`pulumi cancel`\.\n/);
      assert.match(
        error.message,
        new RegExp(`created by ann@${hostname()} \\(pid ${process.pid}\\) at .*Z, 4 min ago$`),
      );
      return true;
    });
    assert.equal((await readdir(files.lockFolder)).length, 1);
  });

  it("PU-06 a lock whose process is gone is taken over, and said", async () => {
    const pid = endedProcess();
    await plant(holder({ pid }));
    const lock = await lockStack(files, say);
    assert.match(said.join(), new RegExp(`Taking over the lock created by ann@.*pid ${pid}.*process is gone`));
    await lock.release();
  });

  it("PU-06 so is one whose number belongs to another process since a reboot", async () => {
    await plant(holder({ pid: 1, timestamp: "2020-01-01T00:00:00Z" }));
    await using _ = await lockStack(files, say);
    assert.match(said.join(), /pid 1\).*that process is gone/);
  });

  it("a lock of another host is never taken over", async () => {
    await plant(holder({ pid: endedProcess(), hostname: "elsewhere" }));
    await assert.rejects(lockStack(files, say), StackLockedError);
  });

  it("an unreadable lock counts as held", async () => {
    await writeFile(join(files.lockFolder, "x.json"), "");
    await assert.rejects(lockStack(files, say), /created by an unknown process/);
  });

  it("`cancel` removes every lock; whose it was is told when its run ends", async () => {
    const lock = await lockStack(files, say);
    await breakLocks(files);
    assert.deepEqual(await readdir(files.lockFolder), []);
    await assert.rejects(lock.release(), /there was a problem deleting the lock at .*manual clean up may be required/);
  });
});
