import type { Readable } from "node:stream";
import { docker, isDockerSilent } from "../docker";
import { ResponseTimes } from "./response-times";
import type { Latency } from "./verdict";

/** Requests of a release before a switch that are looked at: the last seconds, and the last lines, of the gateway's log. */
const BEFORE_SECONDS = 600;
const BEFORE_LINES = 20_000;
/** What was kept comes far faster than what is new: less than this in a look, and all of it was read. */
const LOOK_MS = 20;
const NEW_BYTES = 64 * 1024;
const READ_AT_MOST_MS = 1_000;
/** Its time is that of the whole connection. */
const SWITCHING_PROTOCOLS = 101;

/** Requests that a release answered through the gateway, as its access log tells. */
export interface RequestCounts {
  requests: number;
  requestFailures: number;
}

/**
 * Counts the lines of the gateway's log, from a moment on, each time that it catches up, until disposed. Between two
 * times Docker keeps what finds no room in a buffer: a wake-up for each request would cost more than all checks. A
 * request that its client gave up (499) or got wrong (4xx) is no failure of the release.
 */
export class GatewayRequests implements Disposable, RequestCounts {
  requests = 0;
  requestFailures = 0;
  private times: ResponseTimes | undefined;
  private rest = "";
  /** Read in this look. */
  private bytes = 0;
  /** `undefined` where there is none, or it has ended. */
  private stream: Readable | undefined;
  /** When Docker got the last line that was read; what it sends again of that time and before is passed over. */
  private last = "";

  private constructor(
    private readonly container: string,
    private readonly mark: string,
    private readonly since: Date,
  ) {}

  /** `container`: of the gateway. Where Docker does not answer yet, the first look that it answers begins there. */
  static async follow(container: string, project: string, release: string, since: Date): Promise<GatewayRequests> {
    const requests = new GatewayRequests(container, markOf(project, release), since);
    await requests.open().catch((error: Error) => {
      if (!isDockerSilent(error)) throw error;
    });
    return requests;
  }

  /** From the begin, or from where the log was left. */
  private async open(): Promise<void> {
    const wanted = { follow: true as const, stdout: true, stderr: false, timestamps: true };
    const since = (this.last === "" ? this.since.getTime() / 1000 : secondsOf(this.last)) as number;
    const stream = (await docker()
      .getContainer(this.container)
      .logs({ ...wanted, since })) as unknown as Readable;
    this.rest = "";
    const from = this.last;
    // Lines come with Docker's frame header before them, which holds no line end but where a length is 10.
    stream.setEncoding("latin1").on("data", (text: string) => this.read(text, from));
    const ended = () => {
      if (this.stream === stream) this.stream = undefined;
    };
    stream.on("error", ended).on("close", ended).on("end", ended);
    stream.pause();
    this.stream = stream;
  }

  /** Reads what has been logged since the last time; a log that ended, with Docker or the gateway, is followed again. */
  async catchUp(): Promise<void> {
    if (!this.stream) await this.open().catch(() => undefined);
    const until = performance.now() + READ_AT_MOST_MS;
    this.stream?.resume();
    do {
      this.bytes = 0;
      await new Promise((done) => setTimeout(done, LOOK_MS));
    } while (this.bytes >= NEW_BYTES && performance.now() < until);
    this.stream?.pause();
  }

  /** From now on times count, too: what is slow at first, while caches fill, says little. */
  startTiming(): void {
    this.times ??= new ResponseTimes();
  }

  /** `undefined` before `startTiming`. `limitMs`: above which requests are counted as slower. */
  latency(limitMs?: number): Latency | undefined {
    return this.times?.latency(limitMs);
  }

  [Symbol.dispose](): void {
    this.stream?.destroy();
  }

  private read(text: string, from: string): void {
    this.bytes += text.length;
    const lines = `${this.rest}${text}`.split("\n");
    this.rest = lines.pop() as string;
    for (const line of lines) {
      if (this.last === from && from !== "" && (timeIn(line) ?? "") <= from) continue;
      const status = statusIn(line, this.mark);
      if (status === undefined) continue;
      this.requests += 1;
      if (status >= 500) this.requestFailures += 1;
      if (this.times) addTime(this.times, line, status);
    }
    const time = lastTime(lines);
    if (time !== undefined && time > this.last) this.last = time;
  }
}

function lastTime(lines: string[]): string | undefined {
  for (let at = lines.length - 1; at >= 0; at--) {
    const time = timeIn(lines[at] as string);
    if (time !== undefined) return time;
  }
  return undefined;
}

/** With which Docker begins a line: RFC 3339 with nine digits, so that a later one is a greater text. */
function timeIn(line: string): string | undefined {
  return /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z(?= )/.exec(line)?.[0];
}

/** In seconds, with all nine digits: more than a number holds. */
function secondsOf(time: string): string {
  return `${Math.floor(Date.parse(time) / 1000)}${time.slice(-11, -1)}`;
}

/** How long the requests of a release took in the last minutes before a moment. */
export async function latencyBefore(
  container: string,
  project: string,
  release: string,
  moment: Date,
): Promise<Latency> {
  const until = moment.getTime() / 1000;
  const log = (await docker()
    .getContainer(container)
    .logs({
      ...{ stdout: true, stderr: false, follow: false },
      ...{ tail: BEFORE_LINES, since: until - BEFORE_SECONDS, until },
    })) as unknown as Buffer;
  const mark = markOf(project, release);
  const times = new ResponseTimes();
  for (const line of log.toString("latin1").split("\n")) {
    const status = statusIn(line, mark);
    if (status !== undefined) addTime(times, line, status);
  }
  return times.latency();
}

function addTime(times: ResponseTimes, line: string, status: number): void {
  const milliseconds = status === SWITCHING_PROTOCOLS ? undefined : responseMsIn(line);
  if (milliseconds !== undefined) times.add(milliseconds);
}

/** As `log_format slipway` writes both. */
export function markOf(project: string, release: string): string {
  return `"project":"${project}","release":"${release}"`;
}

/** The status of a line of the access log that carries the mark. */
export function statusIn(line: string, mark: string): number | undefined {
  if (!line.includes(mark)) return undefined;
  const at = line.indexOf('"status":');
  return at < 0 ? undefined : Number(line.slice(at + 9, at + 12));
}

/** The time that the release took, without its client's: of all attempts, since nginx lists them (`0.001, 0.020`). */
export function responseMsIn(line: string): number | undefined {
  const times = /"upstream_response_time":"([^"]*)"/.exec(line)?.[1]?.match(/\d+\.\d+/g);
  return times ? Math.round(times.reduce((sum, seconds) => sum + Number(seconds), 0) * 1000) : undefined;
}
