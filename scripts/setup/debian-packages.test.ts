import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackages } from "./debian-packages";
import { Progress } from "./progress";

describe("Debian packages", () => {
  const { PATH } = process.env;
  let bin: string;

  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), "slipway-apt-"));
    process.env.PATH = `${bin}:${PATH}`;
  });
  afterEach(() => {
    process.env.PATH = PATH;
    rmSync(bin, { recursive: true });
  });

  it("are installed though another apt is at work on the lists, as on a machine that has just booted", async () => {
    program(
      "apt-get",
      `echo "$1" >> ${bin}/calls
       [ "$1" = update ] && [ ! -e ${bin}/second ] && touch ${bin}/second && {
         echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)" >&2
         exit 100
       }
       exit 0`,
    );
    const lines: string[] = [];
    await installPackages(["docker.io"], [], new Progress((text) => lines.push(text)), join(bin, "log"));
    assert.equal(readFileSync(join(bin, "calls"), "utf8"), "update\nupdate\ninstall\n");
    assert.deepEqual(lines, ["slipway: apt is locked by process 812 (apt-get); waiting, at most 300 s\n"]);
    assert.ok(existsSync(join(bin, "log/apt-install.log")));
  });

  it("are installed by a root whose PATH lacks the programs that dpkg needs, as after plain su", async () => {
    process.env.PATH = bin;
    program("apt-cache", "exit 1");
    program("apt-get", `echo "$PATH" > ${bin}/path`);
    await installPackages(["docker.io"], [], new Progress(() => undefined), join(bin, "log"));
    assert.equal(readFileSync(join(bin, "path"), "utf8"), `${bin}:/usr/local/sbin:/usr/sbin:/sbin\n`);
  });

  function program(name: string, script: string): void {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
});
