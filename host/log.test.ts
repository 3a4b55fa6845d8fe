import { strict as assert } from "node:assert";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log, timestamp } from "./log";

describe("log", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-log-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const clock = () => new Date("2026-03-04T05:06:07.891Z");

  /** What an action writes to the two channels. */
  function printed(action: () => void): { stdout: string; stderr: string } {
    const text = { stdout: "", stderr: "" };
    const original = { stdout: process.stdout.write, stderr: process.stderr.write };
    for (const channel of ["stdout", "stderr"] as const) {
      process[channel].write = ((part: string) => {
        text[channel] += part;
        return true;
      }) as typeof process.stdout.write;
    }
    try {
      action();
    } finally {
      process.stdout.write = original.stdout;
      process.stderr.write = original.stderr;
    }
    return text;
  }

  it("SC-02 writes times as YYYY-MM-DD HH:MM:SS in UTC", () => {
    assert.equal(timestamp(clock()), "2026-03-04 05:06:07");
  });

  it("SC-02 has information on stdout, warnings and errors on stderr, and all of it in the file", async () => {
    const file = join(folder, "deployment.log");
    const log = new Log(file, { now: clock });
    const text = printed(() => {
      log.info("a");
      log.warn("b");
      log.error("c");
    });
    assert.deepEqual(text, {
      stdout: "[2026-03-04 05:06:07] INFO: a\n",
      stderr: "[2026-03-04 05:06:07] WARN: b\n[2026-03-04 05:06:07] ERROR: c\n",
    });
    assert.equal(await readFile(file, "utf8"), text.stdout + text.stderr);
  });

  it("colours success, warnings and errors on a terminal alone, and not where that is not wanted", async () => {
    const file = join(folder, "deployment.log");
    const kept = { isTTY: process.stderr.isTTY, NO_COLOR: process.env.NO_COLOR, TERM: process.env.TERM };
    const lines = (isTTY: boolean, env: { NO_COLOR?: string; TERM?: string } = {}, color?: "never") => {
      process.stderr.isTTY = isTTY;
      Object.assign(process.env, { NO_COLOR: "", TERM: "xterm", ...env });
      const log = new Log(file, { now: () => new Date(0), informationTo: "stderr", ...(color && { color }) });
      const { stderr } = printed(() => {
        log.info("a");
        log.success("b");
        log.warn("c");
        log.error("d");
      });
      return stderr.replaceAll("[1970-01-01 00:00:00] ", "").trimEnd().split("\n");
    };
    const plain = ["INFO: a", "INFO: b", "WARN: c", "ERROR: d"];
    const painted = (code: number, text: string) => `\u001b[${code}m${text}\u001b[0m`;
    try {
      assert.deepEqual(lines(true), [
        "INFO: a",
        painted(32, "INFO: b"),
        painted(33, "WARN: c"),
        painted(31, "ERROR: d"),
      ]);
      assert.deepEqual(lines(false), plain);
      assert.deepEqual(lines(true, { NO_COLOR: "1" }), plain);
      assert.deepEqual(lines(true, { TERM: "dumb" }), plain);
      assert.deepEqual(lines(true, {}, "never"), plain);
    } finally {
      process.stderr.isTTY = kept.isTTY;
      for (const name of ["NO_COLOR", "TERM"] as const) {
        if (kept[name] === undefined) delete process.env[name];
        else process.env[name] = kept[name];
      }
    }
    assert.ok(!(await readFile(file, "utf8")).includes("\u001b"));
  });

  it("SC-02 goes on in a new file when the one that it has is full, and so do its lines with their runs", async () => {
    const file = join(folder, "deployment.log");
    const runs = join(folder, "runs.jsonl");
    for (const full of [file, runs]) {
      await writeFile(full, "old\n");
      await truncate(full, 10 * 1024 * 1024);
    }
    printed(() => new Log(file, { now: clock }).info("a"));
    assert.equal(await readFile(file, "utf8"), "[2026-03-04 05:06:07] INFO: a\n");
    assert.equal(JSON.parse(await readFile(runs, "utf8")).message, "a");
    const names = (await readdir(folder)).sort();
    assert.match(names.join(" "), /^deployment\.log deployment\.log\.\S+ runs\.jsonl runs\.jsonl\.\S+$/);
    assert.equal((await readFile(join(folder, names[1] as string), "utf8")).slice(0, 4), "old\n");
  });

  it("leaves stdout to the data of a command that asks for it", () => {
    const text = printed(() =>
      new Log(join(folder, "deployment.log"), { now: clock, informationTo: "stderr" }).info("a"),
    );
    assert.deepEqual(text, { stdout: "", stderr: "[2026-03-04 05:06:07] INFO: a\n" });
  });

  it("says once that its file cannot be written, and goes on", async () => {
    await writeFile(join(folder, "file"), "");
    const text = printed(() => {
      const log = new Log(join(folder, "file/deployment.log"), { now: clock });
      log.info("a");
      log.info("b");
    });
    assert.equal(text.stdout, "[2026-03-04 05:06:07] INFO: a\n[2026-03-04 05:06:07] INFO: b\n");
    assert.match(text.stderr, /^\[2026-03-04 05:06:07\] WARN: not in the log file: [^\n]+\n$/);
  });
});
