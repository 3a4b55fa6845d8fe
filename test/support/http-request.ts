import { type Agent, request } from "node:http";

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Keeps connections; default: the request has one of its own. */
  agent?: Agent;
}

/** One request to a loopback port. */
export function httpRequest(port: number, host: string, path: string, { method, headers, body, agent }: Sent = {}) {
  return new Promise<Answer>((done, fail) => {
    const options = { host: "127.0.0.1", port, path, method, agent: agent ?? false, headers: { host, ...headers } };
    const sent = request(options, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      answer.on("end", () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
      answer.on("error", fail);
    });
    sent.setTimeout(10_000, () => sent.destroy(new Error("no answer within 10 s")));
    sent.on("error", fail);
    sent.end(body);
  });
}
