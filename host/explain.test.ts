import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import { connect, type NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explain } from "./explain";

const REFUSED = /^Docker does not answer \(connect ENOENT .*docker\.sock\); is it running/;

/** As it is refused. */
function refused(to: NetConnectOpts): Promise<Error> {
  return new Promise((done, fail) => {
    const socket = connect(to, () => fail(new Error("somebody listens there")));
    socket.on("error", done);
  });
}

describe("an error of a command of the host program", () => {
  it("RB-12 fault 33 a socket of Docker's that is not there is told as Docker that does not answer", async () => {
    assert.match(explain(await refused({ path: join(tmpdir(), "nowhere", "docker.sock") })), REFUSED);
  });

  it("RB-12 a file that is not there, and another server that does not listen, say what they are", async () => {
    const missing = (await readFile(join(tmpdir(), "nowhere", "record.json")).catch((error) => error)) as Error;
    assert.match(explain(missing), /^ENOENT: no such file or directory, open '.*record\.json'$/);
    assert.equal(explain(await refused({ host: "127.0.0.1", port: 1 })), "connect ECONNREFUSED 127.0.0.1:1");
  });
});
