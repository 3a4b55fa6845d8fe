import type Docker from "dockerode";
import { DialStdioAgent } from "./dial-stdio";
import type { DockerConfig } from "./provider-config";

/** Takes some 50 ms. */
export function loadClient(): Promise<{ default: typeof Docker }> {
  return import("dockerode");
}

interface Connection {
  docker: Docker;
  /** Where the engine is behind ssh. */
  agent?: DialStdioAgent;
}

/** A Docker engine. The client is loaded, and a connection made, at the first call. */
export class DockerHost {
  /** A promise, so that first calls that come at once share it. */
  private connection?: Promise<Connection>;
  private answer?: Promise<unknown>;

  /** `directory`: what a relative path in `sshOpts` starts from. */
  constructor(
    readonly config: DockerConfig,
    private readonly directory = process.cwd(),
  ) {}

  /** Calls the engine. Errors say what was being done, to which engine, and what to do about it. */
  async call<T>(doing: string, request: (docker: Docker) => Promise<T>): Promise<T> {
    try {
      const { docker } = await this.connected();
      return await request(docker);
    } catch (error) {
      throw explained(error, doing, this.config.host);
    }
  }

  /** The same, but undefined where the engine answers that there is no such thing. */
  async find<T>(doing: string, request: (docker: Docker) => Promise<T>): Promise<T | undefined> {
    return this.call(doing, request).catch((error) => {
      if (error instanceof DockerError && error.status === 404) return undefined;
      throw error;
    });
  }

  /** Asks the engine, once, whether it is there. */
  async answers(): Promise<void> {
    if (!this.config.mustAnswer) return;
    this.answer ??= this.call("looking for the engine", (docker) => docker.ping());
    await this.answer;
  }

  close(): void {
    this.connection?.then(({ agent }) => agent?.destroy()).catch(() => undefined);
    this.connection = undefined;
  }

  private connected(): Promise<Connection> {
    this.connection ??= this.connect().catch((error) => {
      this.connection = undefined;
      throw error;
    });
    return this.connection;
  }

  private async connect(): Promise<Connection> {
    const { default: Client } = await loadClient();
    const { host, sshOpts, tls } = this.config;
    if (host.startsWith("unix://")) return { docker: new Client({ socketPath: host.slice("unix://".length) }) };
    const url = new URL(host);
    if (url.protocol === "ssh:") {
      const agent = new DialStdioAgent(url, sshOpts, this.directory);
      const options = { host: "docker", port: 80, protocol: "http", agent } as Docker.DockerOptions;
      return { docker: new Client(options), agent };
    }
    const protocol = tls ? "https" : "http";
    const port = Number(url.port || (tls ? 2376 : 2375));
    return { docker: new Client({ host: url.hostname, port, protocol, ...tls }) };
  }
}

/** An answer of the engine that is not what was asked for. */
export class DockerError extends Error {
  constructor(
    message: string,
    /** The answer's HTTP status; undefined when the engine was not reached. */
    readonly status?: number,
  ) {
    super(message);
    this.name = "DockerError";
  }
}

function explained(error: unknown, doing: string, host: string): DockerError {
  if (error instanceof DockerError) return error;
  const {
    statusCode,
    json,
    code,
    message = "",
  } = error as {
    statusCode?: number;
    json?: { message?: string };
    code?: string;
    message?: string;
  };
  if (statusCode !== undefined) {
    // Of a streamed answer the client tells only its own sentence, `(HTTP code 500) server error - …`.
    const answer = json?.message ?? /^\(HTTP code \d+\) .*? - (.*)$/s.exec(message)?.[1] ?? message;
    return new DockerError(`${doing}: ${answer.trim()}`, statusCode);
  }
  return new DockerError(`${doing}: Docker is not reached at ${host} (${code ?? message}). ${whatToDo(code, host)}`);
}

function whatToDo(code: string | undefined, host: string): string {
  if (host.startsWith("ssh:")) {
    const { username, hostname, port } = new URL(host);
    return `Try "ssh ${port && `-p ${port} `}${username && `${username}@`}${hostname} docker version".`;
  }
  if (code === "EACCES") return 'Run it as root, or type "sudo usermod -aG docker $USER" and log in again.';
  if (host === "unix:///var/run/docker.sock") {
    return 'Start it ("sudo systemctl start docker"), or say where it is with DOCKER_HOST.';
  }
  return "Is it running, and is the address right (DOCKER_HOST, or `host` of the docker provider)?";
}
