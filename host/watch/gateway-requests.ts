import type { Readable } from "node:stream";
import { docker } from "../docker";

/** Requests that a release answered through the gateway, as its access log tells. */
export interface RequestCounts {
  requests: number;
  requestFailures: number;
}

/**
 * Counts the lines of the gateway's log as they come, from a moment on, until disposed. A request that its client gave
 * up (499) or got wrong (4xx) is no failure of the release.
 */
export class GatewayRequests implements Disposable, RequestCounts {
  requests = 0;
  requestFailures = 0;
  private rest = "";

  private constructor(
    private readonly stream: Readable,
    private readonly mark: string,
  ) {
    // Lines come with Docker's frame header before them, which holds no line end but where a length is 10.
    stream.setEncoding("latin1").on("data", (text: string) => this.read(text));
    stream.on("error", () => undefined);
  }

  /** `container`: of the gateway. */
  static async follow(container: string, project: string, release: string, since: Date): Promise<GatewayRequests> {
    const stream = await docker()
      .getContainer(container)
      .logs({ follow: true, stdout: true, stderr: false, since: since.getTime() / 1000 });
    return new GatewayRequests(stream as unknown as Readable, markOf(project, release));
  }

  [Symbol.dispose](): void {
    this.stream.destroy();
  }

  private read(text: string): void {
    const lines = `${this.rest}${text}`.split("\n");
    this.rest = lines.pop() as string;
    for (const line of lines) {
      const status = statusIn(line, this.mark);
      if (status === undefined) continue;
      this.requests += 1;
      if (status >= 500) this.requestFailures += 1;
    }
  }
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
