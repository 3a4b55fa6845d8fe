import assert from "node:assert";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { StackFiles } from "./stack-files";
import { breakLocks, lockStack, StackLockedError } from "./stack-lock";

/** Of a process that has ended; the kernel hands out numbers in order, so it is not in use again yet. */
function endedProcess(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid as number;
}

/** What Linux tells of a process, whatever the clock says. */
async function lifeOf(pid: number): Promise<{ bootId: string; startTicks: number }> {
  const [bootId, stat] = await Promise.all(
    ["/proc/sys/kernel/random/boot_id", `/proc/${pid}/stat`].map((file) => readFile(file, "utf8")),
  );
  return { bootId: bootId?.trim() ?? "", startTicks: Number(stat?.split(") ").at(-1)?.split(" ")[19]) };
}

describe("stack lock", () => {
  let files: StackFiles;
  let said: string[];
  const say = (line: string) => said.push(line);
  const plant = async (holder: { timestamp: string }) => {
    const file = join(files.lockFolder, "0b9b3a3c-0000-4000-8000-000000000000.json");
    await writeFile(file, JSON.stringify(holder));
    await utimes(file, new Date(holder.timestamp), new Date(holder.timestamp));
  };
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
    const fields = ["pid", "username", "hostname", "timestamp"];
    assert.deepEqual(
      Object.keys(content),
      existsSync("/proc/stat") ? [...fields, "bootId", "startTicks", "pidNamespace"] : fields,
    );
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

  describe("whose number a process has", () => {
    let living: ChildProcess;
    let pid: number;
    let life: { bootId: string; startTicks: number };
    const ago = (milliseconds: number) => new Date(Date.now() - milliseconds).toISOString();
    const takenOver = async () => {
      await using _ = await lockStack(files, say);
      assert.match(said.join(), new RegExp(`pid ${pid}\\).*that process is gone`));
    };

    before(async function () {
      if (!existsSync("/proc/stat")) this.skip();
      living = spawn("sleep", ["60"], { stdio: "ignore" });
      pid = living.pid as number;
      life = await lifeOf(pid);
    });
    after(() => living?.kill());

    it("PU-06 is held by it, also when the clock was set forward by an hour since", async () => {
      await plant(holder({ pid, ...life, timestamp: ago(3_600_000) }));
      await assert.rejects(lockStack(files, say), StackLockedError);
      await plant(holder({ pid, ...life, timestamp: "2020-01-01T00:00:00Z" }));
      await assert.rejects(lockStack(files, say), StackLockedError);
    });

    it("PU-06 is taken over when the machine was started again since, or the process is another one", async () => {
      await plant(holder({ pid, ...life, bootId: "2f1b3c77-0000-4000-8000-000000000000" }));
      await takenOver();
      await plant(holder({ pid, ...life, startTicks: life.startTicks - 1 }));
      await takenOver();
    });

    it("PU-06 is held where a process of another container has it, whatever has that number here", async () => {
      const pidNamespace = "pid:[1]";
      await plant(holder({ pid: endedProcess(), ...life, pidNamespace }));
      await assert.rejects(lockStack(files, say), StackLockedError);
      await plant(holder({ pid, ...life, pidNamespace, bootId: "2f1b3c77-0000-4000-8000-000000000000" }));
      await takenOver();
    });

    it("PU-06 is held where Pulumi's CLI wrote it, and the machine runs since before", async () => {
      await plant(holder({ pid, timestamp: ago(10_000) }));
      await assert.rejects(lockStack(files, say), StackLockedError);
    });

    it("PU-06 is taken over where Pulumi's CLI wrote it, and the machine was started again since", async () => {
      await plant(holder({ pid, timestamp: "2020-01-01T00:00:00Z" }));
      await takenOver();
    });
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
