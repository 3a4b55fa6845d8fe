import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildContext } from "./build-context";

describe("the tar that an image is built from", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-context-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Mode and path of what tar finds. */
  async function packed(): Promise<string[]> {
    const archive = await buildContext(folder);
    const listed = execFileSync("tar", ["-tvf", "-"], { input: archive, encoding: "utf8" });
    return listed
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/))
      .map((columns) => `${columns[0]} ${columns.slice(5).join(" ")}`)
      .sort();
  }

  /** A folder as a clone makes it under an umask. */
  function clone(umask: number): void {
    for (const [path, mode] of [
      ["Dockerfile", 0o666],
      ["public/index.html", 0o666],
      ["healthcheck", 0o777],
    ] as const) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), "content\n");
      chmodSync(join(folder, path), mode & ~umask);
    }
    chmodSync(join(folder, "public"), 0o777 & ~umask);
  }

  for (const umask of [0o022, 0o002, 0o027, 0o077]) {
    it(`can be read by everybody after a clone under umask ${umask.toString(8).padStart(3, "0")}`, async () => {
      clone(umask);
      assert.deepEqual(await packed(), [
        "-rw-r--r-- Dockerfile",
        "-rw-r--r-- public/index.html",
        "-rwxr-xr-x healthcheck",
        "drwxr-xr-x public",
      ]);
    });
  }

  it("is the same under another umask of this process", async () => {
    clone(0o022);
    const before = await packed();
    const umask = process.umask(0o077);
    try {
      assert.deepEqual(await packed(), before);
    } finally {
      process.umask(umask);
    }
  });

  it("has what the files contain", async () => {
    clone(0o022);
    const archive = await buildContext(folder);
    assert.equal(execFileSync("tar", ["-xOf", "-", "healthcheck"], { input: archive, encoding: "utf8" }), "content\n");
  });

  it("is refused, with the reason, where there is no such folder", async () => {
    await assert.rejects(buildContext(join(folder, "nowhere")), /ENOENT/);
  });
});
