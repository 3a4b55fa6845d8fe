/** Says on stderr what takes time, a line when it begins and a line when it ends. */
export class Progress {
  constructor(private readonly write: (text: string) => void = (text) => process.stderr.write(text)) {}

  line(text: string): void {
    this.write(`slipway: ${text}\n`);
  }

  /** @param what Begins the lines: "image gateway: building", "image gateway: ready after 17 s". */
  async step<T>(what: string, doing: string, work: () => Promise<T>): Promise<T> {
    const started = Date.now();
    this.line(`${what}: ${doing}`);
    const result = await work();
    this.line(`${what}: ready after ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return result;
  }
}
