import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GATEWAY_PORT } from "../../components/gateway/gateway-port";
import { stackFolder } from "./leftovers";
import { machineImages } from "./machine-images";
import { Sandbox } from "./sandbox";

/** Answers every request with what it got, as JSON, except for /crash; a WebSocket gets its own bytes back. */
const ECHO = `
const [, , name, port] = process.argv;
let crashes = 0;
const server = require("node:http").createServer((request, answer) => {
  if (request.url.endsWith("/crash")) {
    crashes += 1;
    return request.socket.destroy();
  }
  let body = "";
  request.on("data", (part) => { body += part; });
  request.on("end", () => {
    answer.setHeader("X-Slipway-Release", "forged");
    const filler = Number(request.headers["x-answer-header-bytes"] ?? 0);
    if (filler > 0) answer.setHeader("X-Filler", "x".repeat(filler));
    answer.end(JSON.stringify({ name, method: request.method, url: request.url, headers: request.headers, body, crashes }));
  });
});
server.on("upgrade", (request, socket) => {
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n");
  socket.pipe(socket);
});
server.listen(Number(port));
process.on("SIGTERM", () => process.exit(0));
`;

/** Files of a configuration by their path below its folder. */
export type Files = Record<string, string>;

/** The platform's own gateway image on a network of its own, with containers behind it that echo. */
export class GatewaySandbox implements AsyncDisposable {
  private readonly folder: string;
  private readonly binds: string[];
  private generation = 0;
  private container = "";
  /** Where it is published on this machine. */
  port = 0;

  private constructor(
    private readonly sandbox: Sandbox,
    private readonly image: string,
  ) {
    this.folder = stackFolder(sandbox.name);
    this.binds = [`${this.folder}:/etc/slipway/gateway:ro`];
  }

  static async create(): Promise<GatewaySandbox> {
    const { images } = await machineImages();
    return new GatewaySandbox(await Sandbox.create(), images.gateway as string);
  }

  async startEcho(name: string, port: number): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const script = join(this.folder, "echo.js");
    await writeFile(script, ECHO);
    const binds = [`${process.execPath}:/node:ro`, `${script}:/echo.js:ro`];
    await this.sandbox.run(this.image, { alias: name, command: ["/node", "/echo.js", name, String(port)], binds });
  }

  /** Starts the gateway with a configuration. */
  async start(files: Files): Promise<void> {
    await this.write(files);
    const options = { binds: this.binds, port: GATEWAY_PORT, hardened: false };
    const { id, port } = await this.sandbox.run(this.image, options);
    this.container = id;
    this.port = port;
  }

  async reload(files: Files): Promise<void> {
    await this.write(files);
    await this.sandbox.docker.getContainer(this.container).kill({ signal: "SIGHUP" });
  }

  /** What `nginx -t` says to a configuration; "" when it is content. */
  async test(files: Files): Promise<string> {
    const folder = await this.write(files);
    const command = ["nginx", "-t", "-q", "-c", `/etc/slipway/gateway/${folder}/nginx.conf`];
    const { code, output } = await this.sandbox.finish(this.image, command, { binds: this.binds, hardened: false });
    return code === 0 ? output : `exit ${code}\n${output}`;
  }

  /** Lines of the access log, parsed. */
  async accessLog(): Promise<Record<string, unknown>[]> {
    const container = this.sandbox.docker.getContainer(this.container);
    const raw = (await container.logs({ stdout: true, stderr: false })) as unknown as Buffer;
    const lines = raw.toString("utf8").split("\n");
    return lines.flatMap((line) => (line.includes("{") ? [JSON.parse(line.slice(line.indexOf("{")))] : []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox[Symbol.asyncDispose]();
  }

  /** As the host program does: a generation of its own, made current by a rename. */
  private async write(files: Files): Promise<string> {
    this.generation += 1;
    const folder = `gen-${this.generation}`;
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, folder, path)), { recursive: true });
      await writeFile(join(this.folder, folder, path), text);
    }
    await symlink(folder, join(this.folder, "next"));
    await rename(join(this.folder, "next"), join(this.folder, "current"));
    return folder;
  }
}
