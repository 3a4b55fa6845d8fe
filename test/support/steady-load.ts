import { Agent, request } from "node:http";

export interface LoadTarget {
  address: string;
  port: number;
  /** Host header. */
  host: string;
  /** Default `/`. */
  path?: string;
}

export interface LoadResult {
  sent: number;
  /** What went wrong, each with the time since the start in milliseconds. */
  failures: { atMs: number; what: string }[];
  /** Answers by the release that gave them. */
  releases: Record<string, number>;
  /** Milliseconds, sorted. */
  latencies: number[];
}

/** Bounds every load, whatever its caller forgets. */
const LONGEST_SECONDS = 600;
/** Keep-alive connections that share the requests. */
const CONNECTIONS = 50;

/**
 * Sends requests at a steady rate over keep-alive connections until stopped, whether or not earlier ones were
 * answered. A request fails by an error, by no answer within 10 s, or by a status of 500 and above.
 */
export class SteadyLoad implements AsyncDisposable {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, maxFreeSockets: CONNECTIONS });
  private readonly started = performance.now();
  private readonly open = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private readonly result: LoadResult = { sent: 0, failures: [], releases: {}, latencies: [] };

  constructor(
    private readonly target: LoadTarget,
    private readonly perSecond: number,
  ) {
    this.timer = setInterval(() => this.catchUp(), 2);
  }

  /** Waits for the answers that are still open. */
  async stop(): Promise<LoadResult> {
    clearInterval(this.timer);
    await Promise.all(this.open);
    this.agent.destroy();
    this.result.latencies.sort((a, b) => a - b);
    return this.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private catchUp(): void {
    const seconds = (performance.now() - this.started) / 1000;
    if (seconds > LONGEST_SECONDS) clearInterval(this.timer);
    while (this.result.sent < seconds * this.perSecond) {
      this.result.sent++;
      const one = this.send();
      this.open.add(one);
      void one.then(() => this.open.delete(one));
    }
  }

  private send(): Promise<void> {
    const { address, port, host, path = "/" } = this.target;
    const began = performance.now();
    return new Promise((done) => {
      const fail = (what: string) => {
        this.result.failures.push({ atMs: began - this.started, what });
        done();
      };
      const sent = request({ host: address, port, path, agent: this.agent, headers: { host } }, (answer) => {
        answer.resume();
        answer.on("error", (error) => fail(error.message));
        answer.on("end", () => {
          const status = answer.statusCode ?? 0;
          if (status >= 500) return fail(`status ${status}`);
          const release = String(answer.headers["x-slipway-release"] ?? "none");
          this.result.releases[release] = (this.result.releases[release] ?? 0) + 1;
          this.result.latencies.push(performance.now() - began);
          done();
        });
      });
      sent.setTimeout(10_000, () => sent.destroy(new Error("no answer within 10 s")));
      sent.on("error", (error: NodeJS.ErrnoException) =>
        fail(`${error.code ?? ""} ${error.message}${sent.reusedSocket ? " (reused connection)" : ""}`),
      );
      sent.end();
    });
  }
}
