import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "./atomic-file";
import { platformDescription } from "./description";
import { fetchWithin } from "./fetch-within";
import type { Layout } from "./layout";
import { LockedError, withLock } from "./lock";
import type { Log } from "./log";
import { isTransientFault, retry } from "./retry";
import { runId } from "./run-id";

/** All attempts together, in milliseconds: nothing waits longer for a webhook. */
const TOTAL_MS = 10_000;
/** One attempt. */
const ATTEMPT_MS = 5_000;
/** Part of all that time in which another process is waited for; what is left is enough for an attempt. */
const LOCK_SHARE = 0.5;
/** Notifications that wait for a webhook that does not answer; the oldest beyond are dropped. */
const MOST_WAITING = 100;

/** One that was not delivered yet. */
interface Waiting {
  /** RFC 3339. */
  at: string;
  text: string;
}

export interface NotifyOptions {
  now?: Date;
  /** Default 10 000. */
  totalMs?: number;
  /** The clock of tests. */
  pause?: (milliseconds: number) => Promise<void>;
}

/**
 * Tells the stack's webhook, where there is one, in Slack's format. Never throws and never takes longer than 10 s.
 * What cannot be delivered waits on disk and goes along with the next one, so that each is delivered once. What cannot
 * be kept on disk, because that is full say, is sent all the same.
 */
export async function notify(layout: Layout, log: Log, text: string, options: NotifyOptions = {}): Promise<void> {
  log.info(text);
  const { webhook } = await platformDescription(layout).catch(() => ({ webhook: undefined }));
  if (webhook === undefined) return;
  const { now = new Date(), totalMs = TOTAL_MS, pause } = options;
  const deadline = AbortSignal.timeout(totalMs);
  const newest: Waiting = { at: now.toISOString(), text: `${text} (run ${runId()})` };
  const name = `${newest.at.replace(/\D/g, "")}-${process.pid}-${process.hrtime.bigint()}.json`;
  let isKept = false;
  const keep = async () => {
    await writeAtomic(join(folder(layout), name), `${JSON.stringify(newest)}\n`, { mode: 0o600 });
    isKept = true;
  };
  const send = (all: Waiting[]) =>
    retry(() => post(webhook, JSON.stringify({ text: message(all) }), deadline), {
      isTransient: (error) => !deadline.aborted && isTransientFault(error),
      ...(pause && { pause }),
    });
  try {
    await withLock(folder(layout), "notify", (totalMs * LOCK_SHARE) / 1000, async () => {
      // On disk first: a process that is killed while it sends has not lost it.
      await keep().catch(() => undefined);
      await sendWithWaiting(layout, name, newest, send);
    }).catch((error: Error) => {
      // Not on disk, where the process that has the lock could send it a second time.
      if (error instanceof LockedError) return send([newest]);
      throw error;
    });
  } catch (error) {
    const lost = isKept ? undefined : await keep().catch((cause: Error) => cause);
    const then = lost ? `it is lost, as it cannot be kept on disk (${reason(lost)})` : "it goes out with the next one";
    log.warn(`the notification was not delivered (${reason(error)}); ${then}`);
  }
}

/** `name`: of the newest one's file, which need not be there. */
async function sendWithWaiting(
  layout: Layout,
  name: string,
  newest: Waiting,
  send: (all: Waiting[]) => Promise<void>,
): Promise<void> {
  const others = (await waitingNames(layout).catch(() => [])).filter((other) => other !== name);
  const dropped = others.splice(0, Math.max(0, others.length + 1 - MOST_WAITING));
  await remove(layout, dropped);
  const before = await Promise.all(others.map((file) => readWaiting(join(folder(layout), file))));
  await send([...before.filter((one) => one !== undefined), newest]);
  await remove(layout, [...others, name]);
}

/** One that stays is sent again, which is better than to call what was delivered lost. */
async function remove(layout: Layout, names: string[]): Promise<void> {
  await Promise.allSettled(names.map((name) => rm(join(folder(layout), name), { force: true })));
}

/** The newest last; those that had to wait say since when. */
function message(all: Waiting[]): string {
  const newest = all.at(-1)?.text ?? "";
  return [...all.slice(0, -1).map(({ at, text }) => `(at ${at}) ${text}`), newest].join("\n");
}

async function post(webhook: string, body: string, deadline: AbortSignal): Promise<void> {
  const answer = await fetchWithin(ATTEMPT_MS, webhook, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    redirect: "error",
    signal: deadline,
  });
  await answer.body?.cancel();
  if (!answer.ok) {
    throw Object.assign(new Error(`the webhook answered ${answer.status}`), { status: answer.status });
  }
}

/** In words that cannot contain the webhook's address, which is a secret. */
function reason(error: unknown): string {
  const { name, status, message, code, cause } = error as Error & { status?: number; code?: string; cause?: Error };
  if (status !== undefined) return message;
  if (name === "TimeoutError" || name === "AbortError") return "the webhook does not answer";
  return (cause as { code?: string } | undefined)?.code ?? code ?? name;
}

async function waitingNames(layout: Layout): Promise<string[]> {
  await mkdir(folder(layout), { recursive: true });
  return (await readdir(folder(layout))).filter((name) => name.endsWith(".json")).sort();
}

/** `undefined` for a damaged file. */
async function readWaiting(path: string): Promise<Waiting | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Waiting;
  } catch {
    return undefined;
  }
}

function folder(layout: Layout): string {
  return join(layout.state, "notifications");
}
