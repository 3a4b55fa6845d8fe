import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../test/support/until";
import { DialStdioAgent } from "./dial-stdio";

describe("an engine behind ssh", () => {
  let folder: string;
  let agent: DialStdioAgent;
  const path = process.env.PATH;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-dial-"));
    process.env.PATH = `${folder}:${path}`;
    agent = new DialStdioAgent(new URL("ssh://droplet"), [], folder);
  });
  afterEach(() => {
    agent.destroy();
    process.env.PATH = path;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Puts an `ssh` on the path that fails with this complaint, `failures` times, and then answers one request. */
  function ssh(complaint: string, failures: number, end = "cat > /dev/null"): void {
    const script = `#!/bin/sh
echo attempt >> attempts
[ "$(wc -l < attempts)" -gt ${failures} ] || { echo '${complaint}' >&2; exit 255; }
read -r method path _
while read -r line && [ "$line" != "$(printf '\\r')" ]; do :; done
printf 'HTTP/1.1 200 OK\\r\\nContent-Length: %s\\r\\n\\r\\n%s %s' "$((\${#method} + \${#path} + 1))" "$method" "$path"
${end}
`;
    writeFileSync(join(folder, "ssh"), script);
    chmodSync(join(folder, "ssh"), 0o755);
  }

  /** Asks for a path; the body of the answer. */
  function ask(): Promise<string> {
    return new Promise<string>((done, fail) => {
      const sent = request({ host: "docker", path: "/_ping", method: "POST", agent }, (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (text) => {
          body += text;
        });
        answer.on("end", () => done(body));
      });
      sent.on("error", fail).end();
    });
  }

  const attempts = () => readFileSync(join(folder, "attempts"), "utf8").split("\n").length - 1;

  it("fault 33 a connection that the engine closed while nobody used it is replaced by a new one", async () => {
    ssh("", 0, "exit 0");
    assert.equal(await ask(), "POST /_ping");
    await until("it to be closed", () => Object.keys(agent.freeSockets).length === 0);
    assert.equal(await ask(), "POST /_ping");
    assert.equal(attempts(), 2);
  });

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
