import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withDockerAt } from "./docker-at.fixture";

export interface EmptyDocker {
  /** Exit code of each command in a container, such as psql's. */
  exitCode: number;
  /** Nothing is answered any more, as while it is restarted. */
  isAway: boolean;
  /** Names of those that are there all the same, stopped. */
  containers: string[];
}

/** A Docker engine where no container runs, the gateway neither: its configuration is then only written. */
export async function withEmptyDocker<T>(action: (engine: EmptyDocker) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-docker-"));
  const engine: EmptyDocker = { exitCode: 0, isAway: false, containers: [] };
  const sockets = new Set<Socket>();
  const server = createServer(({ url = "", method, socket }, answer) => {
    if (engine.isAway) return socket.destroy();
    const [status, body] = answerTo(`${method} ${url.replace(/\?.*/, "")}`, engine);
    answer.writeHead(status, { "content-type": "application/json" }).end(status === 304 ? "" : JSON.stringify(body));
  });
  server.on("upgrade", (_, socket: Socket) => {
    sockets.add(socket.on("error", () => undefined).resume());
    socket.end("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  });
  const path = join(folder, "docker.sock");
  await new Promise<void>((done) => server.listen(path, done));
  try {
    return await withDockerAt(() => action(engine), path);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  }
}

function answerTo(asked: string, { exitCode, containers }: EmptyDocker): [number, object] {
  if (containers.some((name) => asked === `GET /containers/${name}/json`)) return [200, { State: { Running: false } }];
  if (asked === "GET /containers/json") return [200, []];
  if (/^POST .*\/exec$/.test(asked)) return [201, { Id: "asked" }];
  if (/^GET \/exec\//.test(asked)) return [200, { ExitCode: exitCode }];
  if (/^POST .*\/stop$/.test(asked)) return [304, {}];
  return [404, { message: "no such container" }];
}
