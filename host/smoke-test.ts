import { request } from "node:http";
import type { SmokeTest } from "../config/project";
import { docker, lastLogLines, withoutValues } from "./docker";
import type { Log } from "./log";
import { answerWithin } from "./request-deadline";
import type { ReleaseContainer } from "./requests";

const TIMEOUT_SECONDS = 10;
/** Characters of an answer that is not as expected which the error shows. */
const SHOWN_CHARACTERS = 300;
/** Characters of an answer that are looked through for the expected text. */
const LOOKED_THROUGH = 1024 * 1024;

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
    const failure = await testContainer(test, container, network);
    if (failure !== undefined) {
      throw new SmokeTestError(`smoke test "${test.name}" failed: ${failure}`, await lastLogLines(container.id));
    }
    log.info(`  smoke test "${test.name}": ${test.method} ${test.path} answered ${test.expect.status}`);
  }
}

/** `undefined` when the container answers as expected, else what came instead, without the values of its variables. */
export async function testContainer(
  test: SmokeTest,
  container: ReleaseContainer,
  network: string,
): Promise<string | undefined> {
  const address = await addressIn(network, container);
  return runSmokeTest(test, address, container.port ?? 80, {
    hide: (text) => withoutValues(container.id, text),
  });
}

async function addressIn(network: string, { id, service }: ReleaseContainer): Promise<string> {
  const { NetworkSettings } = await docker().getContainer(id).inspect();
  const address = NetworkSettings.Networks[network]?.IPAddress;
  if (!address) throw new Error(`container ${service} is not in network ${network}`);
  return address;
}

export interface SmokeTestOptions {
  /** Takes out of an answer what nobody may see. Default: nothing. */
  hide?: (text: string) => Promise<string>;
  /** Longest wait for the whole of the answer, in seconds. Default 10. */
  timeoutSeconds?: number;
}

/** `undefined` when the answer is as expected, else what came instead. */
export async function runSmokeTest(
  test: SmokeTest,
  host: string,
  port: number,
  { hide = async (text) => text, timeoutSeconds = TIMEOUT_SECONDS }: SmokeTestOptions = {},
): Promise<string | undefined> {
  const what = `${test.method} ${test.path}`;
  try {
    const { status, text } = await answerOf(test, { host, port }, timeoutSeconds);
    const wrong = wrongAnswer(test.expect, status, text);
    // Hidden first: half of a value, cut off, would not be found.
    return wrong === undefined ? undefined : `${what} answered ${wrong}: ${shortened(await hide(text))}`;
  } catch (error) {
    return `${what}: ${(error as Error).message}`;
  }
}

interface Answered {
  status: number;
  text: string;
}

function answerOf(
  { method, path, headers, body }: SmokeTest,
  place: { host: string; port: number },
  timeoutSeconds: number,
): Promise<Answered> {
  return new Promise((done, fail) => {
    const sent = request({ ...place, method, path, headers, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        if (text.length < LOOKED_THROUGH) text += part;
      });
      answer.on("error", fail);
      answer.on("end", () => done({ status: answer.statusCode ?? 0, text }));
    });
    answerWithin(sent, timeoutSeconds * 1000);
    sent.on("error", fail);
    sent.end(body);
  });
}

function wrongAnswer(expect: SmokeTest["expect"], status: number, text: string): string | undefined {
  if (status !== expect.status) return `${status} instead of ${expect.status}`;
  if (expect.body === undefined || text.includes(expect.body)) return undefined;
  return `${status}, without the text ${JSON.stringify(expect.body)}`;
}

function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
