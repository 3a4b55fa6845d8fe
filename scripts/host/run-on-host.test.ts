import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runOnHost } from "./run-on-host";

describe("a command on a stack's host", () => {
  const path = process.env.PATH;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-run-on-host-"));
    process.env.PATH = `${folder}:${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  /** With an `ssh` that writes down its arguments and ends with this code. */
  async function run(code: number, ...args: string[]) {
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/arguments\nexit ${code}\n`);
    chmodSync(join(folder, "ssh"), 0o755);
    const host = { address: "203.0.113.7", user: "root", port: 22, hostKey: "ssh-ed25519 AAAA" };
    const { code: exitCode } = await runOnHost(folder, { stack: "staging", hostRoot: "/", host }, args);
    return { exitCode, args: readFileSync(join(folder, "arguments"), "utf8").split("\n").slice(0, -1) };
  }

  it("fault 35 goes over the one pinned connection; an argument arrives as it is", async () => {
    const { args } = await run(0, "restore", "blog", "it's $(date)");
    const config = join(folder, ".slipway/ssh/staging/config");
    const line = "exec node /opt/slipway/host.js cli restore blog 'it'\\''s $(date)'";
    assert.deepEqual([...args.slice(0, 2), ...args.slice(3)], ["-F", config, "--", "203.0.113.7", line]);
    assert.match(readFileSync(config, "utf8"), /StrictHostKeyChecking yes/);
  });

  it("says to a host that this terminal wants no colour", async () => {
    process.env.NO_COLOR = "1";
    try {
      assert.match((await run(0, "restore", "blog")).args.at(-1) ?? "", /^export NO_COLOR=1; .* restore blog$/);
    } finally {
      delete process.env.NO_COLOR;
    }
  });

  it("SC-03 ends with its exit code; a host that is not reached is an error", async () => {
    assert.equal((await run(0, "status")).exitCode, 0);
    assert.equal((await run(3, "restore")).exitCode, 3);
    await assert.rejects(run(255, "status"), /root@203\.0\.113\.7 is not reached, .* ssh -F/);
  });
});
