import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DialStdioAgent } from "./dial-stdio";

describe("an engine behind ssh", () => {
  let folder: string;
  const path = process.env.PATH;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-dial-"));
    process.env.PATH = `${folder}:${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Puts an `ssh` on the path that fails with this complaint, `failures` times, and then answers one request. */
  function ssh(complaint: string, failures: number): void {
    const script = `#!/bin/sh
echo attempt >> attempts
[ "$(wc -l < attempts)" -gt ${failures} ] || { echo '${complaint}' >&2; exit 255; }
read -r method path _
while read -r line && [ "$line" != "$(printf '\\r')" ]; do :; done
printf 'HTTP/1.1 200 OK\\r\\nContent-Length: %s\\r\\n\\r\\n%s %s' "$((\${#method} + \${#path} + 1))" "$method" "$path"
cat > /dev/null
`;
    writeFileSync(join(folder, "ssh"), script);
    chmodSync(join(folder, "ssh"), 0o755);
  }

  /** Asks for a path; the body of the answer. */
  async function ask(): Promise<string> {
    const agent = new DialStdioAgent(new URL("ssh://droplet"), [], folder);
    try {
      return await new Promise<string>((done, fail) => {
        const sent = request({ host: "docker", path: "/_ping", method: "POST", agent }, (answer) => {
          answer.setEncoding("utf8").on("data", done);
        });
        sent.on("error", fail).end();
      });
    } finally {
      agent.destroy();
    }
  }

  const attempts = () => readFileSync(join(folder, "attempts"), "utf8").split("\n").length - 1;

  it("SC-12 is tried again when the connection was lost before anybody logged in, and the request arrives whole", async () => {
    ssh("kex_exchange_identification: Connection closed by remote host", 2);
    assert.equal(await ask(), "POST /_ping");
    assert.equal(attempts(), 3);
  });

  it("SC-12 is given up after three more attempts, with what ssh said", async () => {
    ssh("ssh: connect to host droplet port 22: Connection refused", 9);
    await assert.rejects(ask(), /port 22: Connection refused/);
    assert.equal(attempts(), 4);
  });

  it("SC-12 fault 35 is not tried again when the host refuses the key, or shows another than the pinned one", async () => {
    ssh("root@droplet: Permission denied (publickey).", 9);
    await assert.rejects(ask(), /Permission denied/);
    assert.equal(attempts(), 1);
    ssh("Host key verification failed.", 9);
    await assert.rejects(ask(), /Host key verification failed/);
    assert.equal(attempts(), 2);
  });
});
