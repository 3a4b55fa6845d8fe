import { request } from "node:http";
import type { ContainerInspectInfo } from "dockerode";
import type { HealthCheck } from "../config/project";
import { settingOf } from "../config/setting-variables";
import { docker, exec, lastLogLines } from "./docker";
import { lastExitCode } from "./exit-code";
import { inTime } from "./in-time";
import { answerWithin } from "./request-deadline";
import type { ReleaseContainer } from "./requests";

/** Pause before the second probe, in milliseconds; it doubles until the interval of the health check. */
const FIRST_PAUSE_MS = 20;

/** Probes in a row that must pass: one that answers every other time is not well. */
const PASSES_IN_A_ROW = 3;
/** Of an answer, what is looked through for the expected text, in bytes. */
const LOOKED_THROUGH = 64 * 1024;

/** A container did not become healthy. */
export class UnhealthyError extends Error {
  constructor(
    message: string,
    readonly logLines: string[],
  ) {
    super(message);
    this.name = "UnhealthyError";
  }
}

/**
 * Resolves when the container has passed its health check several times in a row (`passesWanted`, default 3: what is to
 * get traffic has to be well for good); rejects at its deadline, or at once when it has ended.
 */
export async function untilHealthy(
  container: ReleaseContainer,
  network: string,
  passesWanted = PASSES_IN_A_ROW,
): Promise<void> {
  const began = new Date();
  const deadline = began.getTime() + container.health.deadlineSeconds * 1000;
  let last = "no probe was answered";
  let restartsBefore: number | undefined;
  let passes = 0;
  for (let pause = FIRST_PAUSE_MS; ; pause = nextPause(pause, passes, container.health)) {
    const found = await docker().getContainer(container.id).inspect();
    const { State, RestartCount, NetworkSettings } = found;
    restartsBefore ??= RestartCount;
    if (!State.Running || State.Restarting || RestartCount > restartsBefore) {
      throw await unhealthy(container, await howItEnded(found, began));
    }
    const failure = await probe(container, NetworkSettings.Networks[network]?.IPAddress ?? "");
    passes = failure === undefined ? passes + 1 : 0;
    if (passes === passesWanted) return;
    last = failure ?? last;
    if (Date.now() + pause > deadline) break;
    await new Promise((done) => setTimeout(done, pause));
  }
  throw await unhealthy(container, `is not healthy after ${container.health.deadlineSeconds} s (${last})`);
}

async function howItEnded(found: ContainerInspectInfo, since: Date): Promise<string> {
  const code = await lastExitCode(found, since);
  const withCode = code === undefined ? "" : ` with exit code ${code}`;
  return `ended${withCode}${found.State.OOMKilled ? " (out of memory)" : ""}`;
}

function nextPause(pause: number, passes: number, { intervalSeconds }: HealthCheck): number {
  return passes > 0 ? FIRST_PAUSE_MS : Math.min(pause * 2, intervalSeconds * 1000);
}

async function unhealthy(container: ReleaseContainer, what: string): Promise<UnhealthyError> {
  return new UnhealthyError(`container ${container.service} ${what}`, await lastLogLines(container.id).catch(() => []));
}

/** What one answer may take, in seconds. HEALTH_CHECK_TIMEOUT overrides it (RB-13). */
export function answerSeconds({ timeoutSeconds }: HealthCheck): number {
  return settingOf("HEALTH_CHECK_TIMEOUT") ?? timeoutSeconds;
}

/** One probe: `undefined` when it passed, else what happened. */
export async function probe(container: ReleaseContainer, address: string): Promise<string | undefined> {
  const health = { ...container.health, timeoutSeconds: answerSeconds(container.health) };
  if (health.command) return probeCommand(container.id, health.command, health);
  return probePath(address, container.port ?? 80, health.path ?? "/", health);
}

async function probeCommand(id: string, command: string[], health: HealthCheck): Promise<string | undefined> {
  // One that ended since it was looked at: Docker says so itself.
  const ended = exec(id, command, { onlyEnd: true }).catch((error: { statusCode?: number; message: string }) => {
    if (error.statusCode === undefined) throw error;
    return error.message;
  });
  const result = await inTime(ended, health.timeoutSeconds, () => "late" as const);
  if (result === "late") return `${command[0]} took longer than ${health.timeoutSeconds} s`;
  if (typeof result === "string") return `${command[0]}: ${result}`;
  return result.exitCode === 0 ? undefined : `${command[0]} exited ${result.exitCode}`;
}

function probePath(host: string, port: number, path: string, health: HealthCheck): Promise<string | undefined> {
  return new Promise((done) => {
    const attempt = request(
      { host, port, path, agent: false, headers: { "user-agent": "slipway-health" } },
      (answer) => {
        const status = answer.statusCode ?? 0;
        let body = "";
        answer.setEncoding("latin1").on("data", (text: string) => {
          if (body.length < LOOKED_THROUGH) body += text;
        });
        answer.on("end", () => done(wrongAnswer(path, status, Buffer.from(body, "latin1").toString(), health.expect)));
        answer.on("error", (error) => done(`GET ${path}: ${error.message}`));
      },
    );
    answerWithin(attempt, health.timeoutSeconds * 1000);
    attempt.on("error", (error) => done(`GET ${path} on port ${port}: ${error.message}`));
    attempt.end();
  });
}

/** Only 2xx passes: a redirect could hide that the application itself is down. */
function wrongAnswer(path: string, status: number, body: string, expected: string | undefined): string | undefined {
  if (status < 200 || status >= 300) return `GET ${path} answered ${status}`;
  if (expected === undefined || body.includes(expected)) return undefined;
  return `GET ${path} answered ${status}, without the text ${JSON.stringify(expected)}`;
}
