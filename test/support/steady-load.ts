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
  /** Of them: sent a second time, on a new connection. */
  resent: number;
  /** What went wrong, each with the time since the start in milliseconds. */
  failures: { atMs: number; what: string }[];
  /** Answers by the release that gave them. */
  releases: Record<string, number>;
  /** Milliseconds, sorted. */
  latencies: number[];
}

/** Bounds every load, whatever its caller forgets. */
const LONGEST_SECONDS = 2400;
/** Keep-alive connections that share the requests. */
const CONNECTIONS = 50;

/**
 * Sends requests at a steady rate over keep-alive connections until stopped, whether or not earlier ones were
 * answered. A request fails by an error, by no answer within 10 s, or by a status of 500 and above.
 *
 * `resends`: a request whose kept connection was closed before an answer began is sent again on a new one, as HTTP
 * clients do (RFC 9112, section 9.3.1): a server may close an idle connection at the very moment at which it is used
 * again, which on a machine with much to do takes long to be seen. Default false: it has failed.
 */
export class SteadyLoad implements AsyncDisposable {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, maxFreeSockets: CONNECTIONS });
  private readonly started = performance.now();
  private readonly open = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private readonly result: LoadResult = { sent: 0, resent: 0, failures: [], releases: {}, latencies: [] };

  constructor(
    private readonly target: LoadTarget,
    private readonly perSecond: number,
    private readonly resends = false,
  ) {
    this.timer = setInterval(() => this.catchUp(), 2);
  }

  /** Waits for the answers that are still open. Throws where the load had reached its bound, and nobody asked any more. */
  async stop(): Promise<LoadResult> {
    const isCutShort = this.seconds > LONGEST_SECONDS;
    await this.end();
    if (isCutShort) throw new Error(`the load ended after ${LONGEST_SECONDS} s, before it was stopped`);
    this.result.latencies.sort((a, b) => a - b);
    return this.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  private async end(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.open);
    this.agent.destroy();
  }

  private get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  private catchUp(): void {
    const seconds = Math.min(this.seconds, LONGEST_SECONDS);
    if (seconds === LONGEST_SECONDS) clearInterval(this.timer);
    while (this.result.sent < seconds * this.perSecond) {
      this.result.sent++;
      const one = this.send();
      this.open.add(one);
      void one.then(() => this.open.delete(one));
    }
  }

  private send(agent: Agent | false = this.agent, began = performance.now()): Promise<void> {
    const { address, port, host, path = "/" } = this.target;
    return new Promise((done) => {
      const fail = (what: string) => {
        this.result.failures.push({ atMs: began - this.started, what });
        done();
      };
      let isAnswered = false;
      const sent = request({ host: address, port, path, agent, headers: { host } }, (answer) => {
        isAnswered = true;
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
      sent.on("error", (error: NodeJS.ErrnoException) => {
        if (this.resends && sent.reusedSocket && !isAnswered && error.code === "ECONNRESET") {
          this.result.resent++;
          done(this.send(false, began));
        } else fail(`${error.code ?? ""} ${error.message}${sent.reusedSocket ? " (reused connection)" : ""}`);
      });
      sent.end();
    });
  }
}
