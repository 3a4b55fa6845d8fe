import { request } from "node:http";
import type { SmokeTest } from "../config/project";
import { docker, lastLogLines } from "./docker";
import type { Log } from "./log";
import type { ReleaseContainer } from "./requests";

/** Longest wait for one answer, in seconds. */
const TIMEOUT_SECONDS = 10;
/** Characters of an answer that is not as expected which the error shows. */
const SHOWN_CHARACTERS = 300;

/** A new container does not answer as `projects.yml` expects. */
export class SmokeTestError extends Error {
  constructor(
    message: string,
    readonly logLines: string[],
  ) {
    super(message);
    this.name = "SmokeTestError";
  }
}

/** Sends a project's smoke tests to the new containers themselves, while traffic still goes to the old ones. */
export async function runSmokeTests(
  tests: SmokeTest[],
  containers: ReleaseContainer[],
  network: string,
  log: Log,
): Promise<void> {
  for (const test of tests) {
    const container = containers.find(({ service }) => service === test.container);
    if (!container) throw new Error(`smoke test "${test.name}" names a container that the release does not have`);
    const failure = await runSmokeTest(test, await addressIn(network, container), container.port ?? 80);
    if (failure !== undefined) {
      throw new SmokeTestError(`smoke test "${test.name}" failed: ${failure}`, await lastLogLines(container.id));
    }
    log.info(`  smoke test "${test.name}": ${test.method} ${test.path} answered ${test.expect.status}`);
  }
}

async function addressIn(network: string, { id, service }: ReleaseContainer): Promise<string> {
  const { NetworkSettings } = await docker().getContainer(id).inspect();
  const address = NetworkSettings.Networks[network]?.IPAddress;
  if (!address) throw new Error(`container ${service} is not in network ${network}`);
  return address;
}

/** `undefined` when the answer is as expected, else what came instead. */
export function runSmokeTest(test: SmokeTest, host: string, port: number): Promise<string | undefined> {
  const { method, path, headers, body, expect } = test;
  const what = `${method} ${path}`;
  return new Promise((done) => {
    const sent = request({ host, port, method, path, headers, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      answer.on("error", (error) => done(`${what}: ${error.message}`));
      answer.on("end", () => done(verdict(what, expect, answer.statusCode ?? 0, text)));
    });
    sent.setTimeout(TIMEOUT_SECONDS * 1000, () => sent.destroy(new Error(`no answer within ${TIMEOUT_SECONDS} s`)));
    sent.on("error", (error) => done(`${what}: ${error.message}`));
    sent.end(body);
  });
}

function verdict(what: string, expect: SmokeTest["expect"], status: number, text: string): string | undefined {
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  if (status !== expect.status) return `${what} answered ${status} instead of ${expect.status}: ${shown}`;
  if (expect.body !== undefined && !text.includes(expect.body)) {
    return `${what} answered ${status}, without the text ${JSON.stringify(expect.body)}: ${shown}`;
  }
  return undefined;
}
