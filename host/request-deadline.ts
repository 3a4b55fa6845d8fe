import type { ClientRequest } from "node:http";

/**
 * Ends a request whose answer has not wholly come by then; it then fails with `error`, by default `no answer within 10 s`.
 * A timeout of the socket would begin anew with every byte, and an answer that trickles would never end.
 */
export function answerWithin(
  sent: ClientRequest,
  milliseconds: number,
  error = new Error(`no answer within ${milliseconds / 1000} s`),
): void {
  const timer = setTimeout(() => sent.destroy(error), milliseconds);
  sent.on("close", () => clearTimeout(timer));
}
