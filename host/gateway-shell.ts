import { type Duplex, PassThrough } from "node:stream";
import { docker } from "./docker";

/**
 * A shell in the gateway's container, for what is asked of it one after the other: to begin a process there takes Docker
 * several times as long as nginx takes to test its configuration. It may be opened ahead. Signals are sent from in there,
 * too: Docker takes a container that it sends one for stopped by hand, and would not start it again with its machine.
 */
export class GatewayShell implements Disposable {
  private opened: Promise<Session> | undefined;

  private constructor(private readonly container: string) {}

  /** Begins to open it; that it cannot be is told by `run`. */
  static open(container: string): GatewayShell {
    const shell = new GatewayShell(container);
    shell.session().catch(() => undefined);
    return shell;
  }

  /** Runs a line of shell; what it prints on either channel. One that ended since it was opened is opened anew. */
  async run(line: string): Promise<{ exitCode: number; output: string }> {
    const session = await this.session().catch(() => undefined);
    if (session && !session.ended) return session.run(line);
    this.opened = undefined;
    return (await this.session()).run(line);
  }

  [Symbol.dispose](): void {
    this.opened?.then(
      (session) => session.end(),
      () => undefined,
    );
  }

  private session(): Promise<Session> {
    this.opened ??= Session.begin(this.container);
    return this.opened;
  }
}

class Session {
  ended = false;
  private output = "";
  private onOutput: () => void = () => undefined;

  private constructor(private readonly stream: Duplex) {
    const channel = new PassThrough();
    channel.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
      this.onOutput();
    });
    docker().modem.demuxStream(stream, channel, channel);
    const end = () => {
      this.ended = true;
      this.onOutput();
    };
    stream.on("end", end).on("close", end).on("error", end);
  }

  static async begin(container: string): Promise<Session> {
    const handle = await docker()
      .getContainer(container)
      .exec({ Cmd: ["/bin/sh"], AttachStdin: true, AttachStdout: true, AttachStderr: true });
    return new Session(await handle.start({ hijack: true, stdin: true }));
  }

  async run(line: string): Promise<{ exitCode: number; output: string }> {
    this.output = "";
    // No output has a NUL of its own.
    this.stream.write(`{ ${line}\n} </dev/null 2>&1; printf '\\000end %d\\n' $?\n`);
    for (;;) {
      const found = /\0end (\d+)\n/.exec(this.output);
      if (found) return { exitCode: Number(found[1]), output: this.output.slice(0, found.index) };
      if (this.ended) throw new Error(`the gateway's container ended while it ran ${line}: ${this.output}`);
      await new Promise<void>((done) => {
        this.onOutput = done;
      });
    }
  }

  end(): void {
    this.stream.destroy();
  }
}
