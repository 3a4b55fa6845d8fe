import { request } from "node:http";
import { text } from "node:stream/consumers";
import { answerWithin } from "./request-deadline";
import type { GatewayRef } from "./requests";

/** Seconds after which a client is told to ask again. */
const RETRY_AFTER = 5;
/** Longest wait until the gateway's answers say that it holds, in seconds. */
const CONFIRM_SECONDS = 10;
/** One of them, and the pause between two, in milliseconds. */
const ANSWER_MS = 2000;
const LOOK_EVERY_MS = 20;
/** Characters of another answer that an error quotes. */
const QUOTED_LENGTH = 200;
const ANSWER = "In a moment: the data is being changed.";

/** With the hold's token a request passes: a release is asked whether it answers before anybody else reaches it. */
export const CONFIRM_HEADER = "x-slipway-confirm";

/** What the gateway's file says while a project is held; the token: letters and digits, see `holdToken`. */
export function holdText(token: string): string {
  return `set $slipway_held yes;
if ($http_${CONFIRM_HEADER.replaceAll("-", "_")} = "${token}") {
  set $slipway_held "";
}
add_header Retry-After ${RETRY_AFTER} always;
if ($slipway_held) {
  set $slipway_release held;
  return 503 "${ANSWER}\\n";
}
`;
}

/**
 * Asks the gateway as a client of a host of the project does, until it says that the project is held. One that does not
 * listen lets nobody write either. Throws with what it answers instead.
 */
export async function confirmHold(gateway: GatewayRef, host: string): Promise<void> {
  const deadline = Date.now() + CONFIRM_SECONDS * 1000;
  for (;;) {
    const seen = await answerOf(gateway, host);
    if (seen === `503 ${ANSWER}\n` || seen.includes("ECONNREFUSED")) return;
    if (Date.now() > deadline) throw new Error(`the gateway answers ${seen.slice(0, QUOTED_LENGTH).trim()}`);
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
}

/** Status and body, or the error. */
function answerOf({ address, port }: GatewayRef, host: string): Promise<string> {
  return new Promise((done) => {
    const asked = request({ host: address, port, path: "/", agent: false, headers: { host } }, async (answer) => {
      done(`${answer.statusCode} ${await text(answer).catch((error: Error) => error.message)}`);
    });
    answerWithin(asked, ANSWER_MS);
    asked.on("error", (error) => done(error.message));
    asked.end();
  });
}
