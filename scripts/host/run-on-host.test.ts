import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../test/support/until";
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

  function runScript(ssh: string, ...args: string[]) {
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\n${ssh}\n`);
    chmodSync(join(folder, "ssh"), 0o755);
    const host = { address: "203.0.113.7", user: "root", port: 22, hostKey: "ssh-ed25519 AAAA" };
    return runOnHost(folder, { stack: "staging", hostRoot: "/", host }, args);
  }

  /** With an `ssh` that writes down its arguments and ends with this code. */
  async function run(code: number, ...args: string[]) {
    const { code: exitCode } = await runScript(`printf '%s\\n' "$@" > ${folder}/arguments\nexit ${code}`, ...args);
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

  it("SC-13 hands over the settings of this environment, and a yes, quoted", async () => {
    const given = { MONITORING_DURATION: "5; reboot", HEALTH_CHECK_TIMEOUT: "9", ROLLBACK_CONFIRM: "yes" };
    Object.assign(process.env, given);
    try {
      assert.match(
        (await run(0, "restore", "blog")).args.at(-1) ?? "",
        /^export MONITORING_DURATION='5; reboot' HEALTH_CHECK_TIMEOUT=9 ROLLBACK_CONFIRM=yes; exec node /,
      );
    } finally {
      for (const name of Object.keys(given)) delete process.env[name];
    }
  });

  it("SC-09 a signal to the launcher ends the connection, too, and that is no host that is not reached", async () => {
    const isTTY = process.stdin.isTTY;
    process.stdin.isTTY = false;
    try {
      for (const [signal, code] of [
        ["SIGTERM", 255],
        ["SIGINT", 1],
      ] as const) {
        const began = performance.now();
        const running = runScript(`trap 'exit ${code}' TERM INT\ntouch ${folder}/begun\nwhile :; do sleep 0.05; done`);
        await until("ssh to have begun", async () => existsSync(join(folder, "begun")), 5);
        process.kill(process.pid, signal);
        assert.deepEqual(await running, { code: code === 255 ? null : code, isStopped: true, hasAnswered: true });
        assert.ok(performance.now() - began < 5000);
        rmSync(join(folder, "begun"));
      }
    } finally {
      process.stdin.isTTY = isTTY;
    }
  });

  it("SC-03 ends with its exit code; a host that is not reached is an error", async () => {
    assert.equal((await run(0, "status")).exitCode, 0);
    assert.equal((await run(3, "restore")).exitCode, 3);
    await assert.rejects(run(255, "status"), /root@203\.0\.113\.7 is not reached, .* ssh -F/);
  });
});
