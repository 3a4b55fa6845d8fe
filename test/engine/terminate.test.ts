import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { COMMAND_LINE, SmallProject } from "./small-project";

/** Longest that a process may take that was told twice to end, in milliseconds: 3 s, and what a slow machine adds. */
const LONGEST_END = 15_000;

describe("PU-06 a Docker that hangs", function () {
  this.timeout(120_000);

  it("keeps no `up` that was told twice to end, and the state has what may go on", async () => {
    using project = new SmallProject("embedded");
    project.file(
      "index.ts",
      'import * as docker from "@pulumi/docker";\nnew docker.Network("back", { name: "slipway-never-made" });\n',
    );
    const socket = join(project.root, "docker.sock");
    const server = createServer(({ method, url = "" }, answer) => {
      if (url.includes("_ping")) answer.end("OK");
      else if (method === "POST") server.emit("hangs");
      else answer.writeHead(404).end('{"message":"no such network"}');
    }).listen(socket);
    try {
      const env = { ...project.environment, DOCKER_HOST: `unix://${socket}` };
      const start = (...args: string[]) => spawn(process.execPath, [COMMAND_LINE, ...args], { cwd: project.root, env });
      await once(start("stack", "init", "dev"), "close");
      const hangs = once(server, "hangs");
      const up = start("up", "--yes", "--skip-preview");
      const ended = once(up, "close");
      let text = "";
      up.stdout.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        if (part.includes("cancelling")) setTimeout(() => up.kill("SIGINT"), 200);
      });
      await hangs;
      up.kill("SIGINT");
      const deadline = setTimeout(() => up.kill("SIGKILL"), LONGEST_END);
      const [code] = await ended;
      clearTimeout(deadline);
      assert.equal(code, 1, text);
      assert.match(text, /given up, the run was cancelled; what it began may still go on/);

      const exported = start("stack", "export");
      const chunks: Buffer[] = await exported.stdout.toArray();
      const { deployment } = JSON.parse(Buffer.concat(chunks).toString());
      assert.deepEqual(
        deployment.pending_operations.map(({ type }: { type: string }) => type),
        ["creating"],
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
