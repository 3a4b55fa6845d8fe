import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withDockerAt } from "./docker-at.fixture";
import { query } from "./postgres";

/** A Docker engine whose commands read their input and never end, as psql does before a locked table. */
async function withHangingCommands(action: (input: () => string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-docker-"));
  let input = "";
  let socket: Socket | undefined;
  const server = createServer((_, answer) =>
    answer.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify({ Id: "asked" })),
  );
  server.on("upgrade", (_, upgraded: Socket) => {
    socket = upgraded;
    upgraded.on("data", (part) => {
      input += part;
    });
    upgraded.on("error", () => undefined);
    upgraded.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  });
  const path = join(folder, "docker.sock");
  await new Promise<void>((done) => server.listen(path, done));
  try {
    await withDockerAt(() => action(() => input), path);
  } finally {
    socket?.destroy();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  }
}

describe("a query", () => {
  it("RB-09 has an end where a table is locked: what was asked is said, and Postgres gives up, too", async () => {
    await withHangingCommands(async (input) => {
      await assert.rejects(query({ postgres: "pg" }, "SELECT count(*) FROM locked", 0.3), {
        message: "SELECT count(*) FROM locked took longer than 0.3 s",
      });
      assert.equal(
        input(),
        "SET default_transaction_read_only = on;\nSET statement_timeout = 300;\nSELECT count(*) FROM locked;\n",
      );
    });
  });
});
