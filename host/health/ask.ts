import { request } from "node:http";
import { answerWithin } from "../request-deadline";

/** Bytes of an answer that are read to see what it says of itself. */
const READ_BYTES = 65_536;

/** There was no answer in time. */
export class NoAnswerError extends Error {}

export interface HttpAnswer {
  status: number;
  body: string;
  milliseconds: number;
}

/** A request on a connection of its own. Rejects with `NoAnswerError` when its time is over. */
export function ask(target: { host: string; port: number; path: string }, timeoutSeconds: number): Promise<HttpAnswer> {
  const began = performance.now();
  return new Promise((done, fail) => {
    const headers = { "user-agent": "slipway-health" };
    const sent = request({ ...target, agent: false, headers }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        if (body.length < READ_BYTES) body += part;
      });
      answer.on("error", fail);
      answer.on("end", () => done({ status: answer.statusCode ?? 0, body, milliseconds: performance.now() - began }));
    });
    answerWithin(sent, timeoutSeconds * 1000, new NoAnswerError());
    sent.on("error", (error) =>
      fail(error instanceof NoAnswerError ? error : new Error(`GET ${target.path}: ${error.message}`)),
    );
    sent.end();
  });
}
