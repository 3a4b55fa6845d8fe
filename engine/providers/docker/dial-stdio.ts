import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex } from "node:stream";

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

/** Waits before a connection is tried again, in milliseconds; no more tries after the last. */
const RETRY_AFTER_MS = [200, 400, 800];
/**
 * What `ssh` says of a connection that was lost before anybody logged in, so that nothing can have reached the engine:
 * an sshd that is busy (MaxStartups) or restarting. A key that is not accepted, or not the pinned one, is not among it.
 */
const TRANSIENT =
  /kex_exchange_identification|during banner exchange|port \d+: (Connection (refused|timed out|reset)|No route)/;

/** Carries HTTP over `ssh … docker system dial-stdio`: one process a connection, kept for the next request. */
export class DialStdioAgent extends Agent {
  private readonly processes = new Set<ChildProcess>();

  /** `directory`: where `ssh` runs, so what a relative path in `sshOpts` starts from. */
  constructor(
    private readonly host: URL,
    private readonly sshOpts: string[],
    private readonly directory = process.cwd(),
  ) {
    super({ keepAlive: true, maxSockets: 8 });
  }

  override createConnection(): Duplex {
    const socket = new ProcessSocket();
    socket.on("close", () => socket.child?.kill());
    this.dial(socket, 0);
    return socket;
  }

  private dial(socket: ProcessSocket, attempt: number): void {
    const [program, ...args] = dialStdioCommand(this.host, this.sshOpts);
    // Ctrl-C at a terminal is for this process alone: the steps under way are ended through the connection.
    const child = spawn(program as string, args, { cwd: this.directory, stdio: "pipe", detached: true });
    this.processes.add(child);
    let complaint = "";
    child.stderr.on("data", (chunk) => {
      complaint = `${complaint}${chunk}`.slice(-2_000);
    });
    socket.use(child);
    child.on("error", () => socket.destroy(new Error("ssh is not installed")));
    child.on("close", (code) => {
      this.processes.delete(child);
      const wait = RETRY_AFTER_MS[attempt];
      // Not before: the reason comes on the other stream, perhaps after the end of this one.
      if (code === 0) socket.finish();
      else if (wait !== undefined && !socket.destroyed && TRANSIENT.test(complaint))
        setTimeout(() => socket.destroyed || this.dial(socket, attempt + 1), wait);
      else socket.destroy(new Error(complaint.trim() || `ssh ended with exit status ${code}`));
    });
  }

  override destroy(): void {
    for (const child of this.processes) child.kill();
    super.destroy();
  }
}

/** The streams of a process, with what the HTTP client asks of a network socket besides. */
class ProcessSocket extends Duplex {
  child?: ChildProcessWithoutNullStreams;
  /** What was written before the process answered: the next one is told the same. */
  private unanswered: Buffer[] | undefined = [];

  constructor() {
    super({ allowHalfOpen: false });
  }

  /** Also where nobody reads at the moment: a connection that has ended must not be used for another request. */
  finish(): void {
    this.push(null);
    this.read(0);
  }

  use(child: ChildProcessWithoutNullStreams): void {
    this.child = child;
    child.stdout.on("data", (chunk) => {
      this.unanswered = undefined;
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stdin.on("error", () => {}); // The end of the process tells more.
    for (const chunk of this.unanswered ?? []) child.stdin.write(chunk);
    if (this.writableFinished) child.stdin.end();
  }

  override _read(): void {
    this.child?.stdout.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.unanswered?.push(chunk);
    this.child?.stdin.write(chunk, encoding, () => done());
  }

  override _final(done: () => void): void {
    // Of a process that has ended the callback would never come.
    if (!this.child || this.child.stdin.destroyed) done();
    else this.child.stdin.end(() => done());
  }

  setTimeout = () => this;
  setNoDelay = () => this;
  setKeepAlive = () => this;
  ref = () => this;
  unref = () => this;
}
