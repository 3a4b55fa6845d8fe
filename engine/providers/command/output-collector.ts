import { StringDecoder } from "node:string_decoder";
import type { CommandInputs, CommandOutput } from "./command-inputs";

/** Gathers what a command prints, and hands on its lines as they are complete. */
export class OutputCollector {
  private readonly streams = { stdout: new Stream(), stderr: new Stream() };
  /** Both streams as they arrived, for an error. */
  combined = "";

  constructor(
    private readonly logging: CommandInputs["logging"],
    private readonly log: (line: string) => void,
  ) {}

  add(name: "stdout" | "stderr", chunk: Buffer): void {
    const text = this.streams[name].decoder.write(chunk);
    this.combined += text;
    this.streams[name].text += text;
    if (this.isLogged(name)) this.streams[name].takeLines().forEach(this.log);
  }

  /** No more comes: hands on the last, unfinished lines. */
  end(): CommandOutput {
    for (const name of ["stdout", "stderr"] as const) {
      const stream = this.streams[name];
      stream.text += stream.decoder.end();
      const rest = stream.text.slice(stream.logged);
      if (rest !== "" && this.isLogged(name)) this.log(rest);
    }
    return {
      stdout: this.streams.stdout.text.replace(/\n$/, ""),
      stderr: this.streams.stderr.text.replace(/\n$/, ""),
    };
  }

  private isLogged(name: "stdout" | "stderr"): boolean {
    return this.logging === undefined || this.logging === "stdoutAndStderr" || this.logging === name;
  }
}

class Stream {
  readonly decoder = new StringDecoder("utf8");
  text = "";
  /** Everything before this place has been handed on. */
  logged = 0;

  takeLines(): string[] {
    const end = this.text.lastIndexOf("\n") + 1;
    if (end <= this.logged) return [];
    const lines = this.text.slice(this.logged, end - 1).split(/\r?\n/);
    this.logged = end;
    return lines;
  }
}
