import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { HostConfig } from "../../config/stack-config";
import { privateKey, sshTexts, writeSshFiles } from "./ssh";

const host: HostConfig = { address: "203.0.113.7", user: "root", port: 2222, hostKey: "ssh-ed25519 AAAA" };

describe("what ssh is told of a host", () => {
  it("fault 35 it accepts the pinned key and no other, and asks nothing", () => {
    const { config, knownHosts } = sshTexts("staging", host, "/srv/checkout", "/srv/100%/known_hosts");
    assert.equal(
      config,
      `Host *
  HostName 203.0.113.7
  Port 2222
  User root
  HostKeyAlias slipway-staging
  StrictHostKeyChecking yes
  UserKnownHostsFile "/srv/100%%/known_hosts"
  GlobalKnownHostsFile /dev/null
  UpdateHostKeys no
  BatchMode yes
  ConnectionAttempts 3
  ServerAliveInterval 10
  ServerAliveCountMax 3
`,
    );
    assert.equal(knownHosts, "slipway-staging ssh-ed25519 AAAA\n");
  });

  it("an identity file is the only one used, from the home folder or beside the stack's file", () => {
    const identity = (identityFile: string) =>
      /IdentityFile (.*)\n {2}IdentitiesOnly yes/.exec(
        sshTexts("staging", { ...host, identityFile }, "/srv/checkout", "/k").config,
      )?.[1];
    assert.equal(identity("~/.ssh/deploy"), `"${homedir()}/.ssh/deploy"`);
    assert.equal(identity("keys/deploy"), '"/srv/checkout/keys/deploy"');
    assert.equal(identity("/keys/deploy"), '"/keys/deploy"');
  });

  it("the files are this user's alone; a key that is not there is said with its path", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-ssh-"));
    try {
      writeSshFiles(folder, "staging", host);
      const known = join(folder, ".slipway/ssh/staging/known_hosts");
      assert.equal(readFileSync(known, "utf8"), "slipway-staging ssh-ed25519 AAAA\n");
      assert.match(readFileSync(join(folder, ".slipway/ssh/staging/config"), "utf8"), new RegExp(`"${known}"`));
      assert.throws(
        () => privateKey(folder, { ...host, identityFile: "gone" }),
        (error: Error) => error.message.startsWith(`${folder}/gone cannot be read (ENOENT); slipway:host.identityFile`),
      );
      writeFileSync(join(folder, "key"), "text of a key");
      assert.equal(privateKey(folder, { ...host, identityFile: "key" }), "text of a key");
      assert.equal(privateKey(folder, host), undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
