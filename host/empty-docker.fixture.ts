import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { withDockerAt } from "./docker-at.fixture";

export interface EmptyDocker {
  /** Exit code of each command in a container, such as psql's. */
  exitCode: number;
  /** Nothing is answered any more, as while it is restarted. */
  isAway: boolean;
  /** Names of those that are there all the same, stopped. */
  containers: string[];
  /** Does what a command does that gets a container of its own, and resolves to what it prints; none can, by default. */
  run?: (command: string[]) => Promise<string>;
  /** What psql does with its input: prints what is returned, and ends with `exitCode`; by default it prints nothing. */
  psql?: (input: string) => string;
}

/** A Docker engine where no container runs, the gateway neither: its configuration is then only written. */
export async function withEmptyDocker<T>(action: (engine: EmptyDocker) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-docker-"));
  const engine: EmptyDocker = { exitCode: 0, isAway: false, containers: [] };
  const sockets = new Set<Socket>();
  const runs: Run[] = [];
  const server = createServer(async (request, answer) => {
    const { url = "", method, socket } = request;
    if (engine.isAway) return socket.destroy();
    const asked = `${method} ${url.replace(/\?.*/, "")}`;
    if (engine.run && asked === "POST /containers/create") {
      const { Entrypoint, Cmd } = (await json(request)) as { Entrypoint: string[]; Cmd: string[] };
      runs.push({ command: [...Entrypoint, ...Cmd], waiting: {} });
      return answer.writeHead(201, { "content-type": "application/json" }).end(`{"Id":"run-${runs.length - 1}"}`);
    }
    const [, number, step = ""] = /^POST \/containers\/run-(\d+)\/(attach|wait|start)$/.exec(asked) ?? [];
    if (engine.run && number !== undefined) return go(runs[Number(number)] as Run, step, answer, engine.run);
    const [status, body] = answerTo(asked, engine);
    answer.writeHead(status, { "content-type": "application/json" }).end(status === 304 ? "" : JSON.stringify(body));
  });
  server.on("upgrade", (_, socket: Socket) => {
    sockets.add(socket.on("error", () => undefined));
    socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    const { psql } = engine;
    let input = "";
    socket.on("data", (part: Buffer) => {
      input += part;
    });
    if (psql) socket.on("end", () => socket.end(framed(psql(input))));
    else socket.end();
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

interface Run {
  command: string[];
  /** Answers that end with the command. */
  waiting: Record<string, ServerResponse>;
}

async function go(
  { command, waiting }: Run,
  step: string,
  answer: ServerResponse,
  run: NonNullable<EmptyDocker["run"]>,
): Promise<void> {
  if (step !== "start") {
    waiting[step] = answer.writeHead(200);
    return answer.flushHeaders();
  }
  answer.writeHead(204).end();
  waiting.attach?.end(framed(await run(command)));
  waiting.wait?.end('{"StatusCode":0}');
}

/** As Docker sends what comes over stdout; for short texts. */
function framed(output: string): Buffer {
  const bytes = Buffer.from(output);
  return Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, bytes.length]), bytes]);
}

function answerTo(asked: string, { exitCode, containers }: EmptyDocker): [number, object] {
  const found = containers.find((name) => asked === `GET /containers/${name}/json`);
  const Config = { Env: [], Labels: {} };
  if (found !== undefined) return [200, { Image: `image-of-${found}`, Config, State: { Running: false } }];
  if (containers.some((name) => asked === `GET /images/image-of-${name}/json`)) return [200, { Config }];
  if (asked === "GET /containers/json") return [200, []];
  if (/^POST .*\/exec$/.test(asked)) return [201, { Id: "asked" }];
  if (/^GET \/exec\//.test(asked)) return [200, { ExitCode: exitCode }];
  if (/^POST .*\/stop$/.test(asked)) return [304, {}];
  return [404, { message: "no such container" }];
}
