import { type ChildProcess, spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex, type Readable, type Writable } from "node:stream";

/**
 * The command that connects to the engine of a host over SSH, as Docker's own CLI builds it. `ssh` reads the user's
 * configuration: keys, known hosts and jump hosts are its business.
 */
export function dialStdioCommand(host: URL, sshOpts: string[]): string[] {
  const user = host.username ? ["-l", decodeURIComponent(host.username)] : [];
  const port = host.port ? ["-p", host.port] : [];
  const address = host.hostname.replace(/^\[|\]$/g, "");
  const path = host.pathname.length > 1 ? [`--host=unix://${host.pathname}`] : [];
  return [
    "ssh",
    ...sshOpts,
    ...user,
    ...port,
    "-o",
    "ConnectTimeout=30",
    "-T",
    "--",
    address,
    "docker",
    ...path,
    "system",
    "dial-stdio",
  ];
}

/** Carries HTTP over `ssh … docker system dial-stdio`: one process a connection, kept for the next request. */
export class DialStdioAgent extends Agent {
  private readonly processes = new Set<ChildProcess>();

  constructor(
    private readonly host: URL,
    private readonly sshOpts: string[],
  ) {
    super({ keepAlive: true, maxSockets: 8 });
  }

  override createConnection(): Duplex {
    const [program, ...args] = dialStdioCommand(this.host, this.sshOpts);
    const child = spawn(program as string, args, { stdio: "pipe" });
    this.processes.add(child);
    let complaint = "";
    child.stderr.on("data", (chunk) => {
      complaint = `${complaint}${chunk}`.slice(-2_000);
    });
    const socket = new ProcessSocket(child.stdin, child.stdout);
    socket.on("close", () => child.kill());
    child.on("error", () => socket.destroy(new Error("ssh is not installed")));
    child.on("close", (code) => {
      this.processes.delete(child);
      // Not before: the reason comes on the other stream, perhaps after the end of this one.
      if (code === 0) socket.push(null);
      else socket.destroy(new Error(complaint.trim() || `ssh ended with exit status ${code}`));
    });
    return socket;
  }

  override destroy(): void {
    for (const child of this.processes) child.kill();
    super.destroy();
  }
}

/** The streams of a process, with what the HTTP client asks of a network socket besides. */
class ProcessSocket extends Duplex {
  constructor(
    private readonly to: Writable,
    private readonly from: Readable,
  ) {
    super();
    from.on("data", (chunk) => {
      if (!this.push(chunk)) from.pause();
    });
    to.on("error", () => {}); // The end of the process tells more.
  }

  override _read(): void {
    this.from.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.to.write(chunk, encoding, () => done());
  }

  override _final(done: () => void): void {
    this.to.end(done);
  }

  setTimeout = () => this;
  setNoDelay = () => this;
  setKeepAlive = () => this;
  ref = () => this;
  unref = () => this;
}
