import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostCommand, hostCommandWhereInstalled, installCommand } from "./host-commands";

describe("host commands", () => {
  it("a plain path stays readable", () => {
    assert.equal(hostCommand("/opt/slipway/host.js", "rollout"), "exec node /opt/slipway/host.js rollout");
  });

  it("a path with spaces and quotes reaches the program as it is", () => {
    const path = "/srv/it's here/$(date)/host.js";
    const line = hostCommand(path, "rollout").replace("exec node", "printf '%s\\n'");
    assert.equal(execFileSync("/bin/sh", ["-c", line], { encoding: "utf8" }), `${path}\nrollout\n`);
  });

  it("a host without the program prints nothing, and that is no failure", () => {
    const line = hostCommandWhereInstalled("/nowhere/host.js", "observe");
    assert.equal(execFileSync("/bin/sh", ["-c", line], { encoding: "utf8" }), "");
  });

  it("installing replaces each file by a rename, keeps what else is there, and fails with its `ssh`", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-install-"));
    const [from, to] = [join(folder, "it's from"), join(folder, "opt/it's here")];
    const install = (ssh: string) => {
      writeFileSync(join(folder, "ssh"), `#!/bin/sh\n${ssh}\n`);
      chmodSync(join(folder, "ssh"), 0o755);
      const line = installCommand(from, "config", "droplet", to);
      execFileSync("/bin/sh", ["-c", line], { env: { PATH: `${folder}:${process.env.PATH}` }, stdio: "pipe" });
    };
    try {
      for (const path of [from, to]) mkdirSync(path, { recursive: true });
      writeFileSync(join(from, "host.js"), "new");
      writeFileSync(join(from, "status.sh"), "", { mode: 0o755 });
      writeFileSync(join(to, "host.js"), "old");
      writeFileSync(join(to, "own"), "mine");
      assert.throws(() => install("exit 255"));
      assert.equal(readFileSync(join(to, "host.js"), "utf8"), "old");
      const before = statSync(join(to, "host.js")).ino;
      install('for line; do :; done; exec sh -c "$line"');
      assert.equal(readFileSync(join(to, "host.js"), "utf8"), "new");
      assert.notEqual(statSync(join(to, "host.js")).ino, before);
      assert.deepEqual(readdirSync(to).sort(), ["host.js", "own", "status.sh"]);
      assert.equal(statSync(join(to, "status.sh")).mode & 0o111, 0o111);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
