import { Agent } from "node:http";
import { httpRequest } from "../../test/support/http-request";

/** Pause between two requests, in milliseconds. */
const ASK_EVERY_MS = 5;
/** Longest wait, in seconds. */
const DEADLINE_SECONDS = 60;

/**
 * Asks until a condition on the answer's release header holds; resolves with `performance.now()` of that answer. The
 * connection is kept, as a browser does: to open 200 a second slows down the command that is measured.
 */
export async function firstAnswer(port: number, host: string, isWanted: (release: string) => boolean): Promise<number> {
  const deadline = performance.now() + DEADLINE_SECONDS * 1000;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let seen = "no answer";
  try {
    while (performance.now() < deadline) {
      const asked = performance.now();
      try {
        const { headers } = await httpRequest(port, host, "/healthz", { agent });
        seen = String(headers["x-slipway-release"] ?? "no release");
        if (isWanted(seen)) return performance.now();
      } catch (error) {
        seen = (error as Error).message;
      }
      await new Promise((done) => setTimeout(done, Math.max(0, asked + ASK_EVERY_MS - performance.now())));
    }
  } finally {
    agent.destroy();
  }
  throw new Error(`${host} on port ${port} did not change its release in ${DEADLINE_SECONDS} s; last: ${seen}`);
}
