import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "./atomic-file";
import { platformDescription } from "./description";
import { fetchWithin } from "./fetch-within";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { isTransientFault, retry } from "./retry";
import { runId } from "./run-id";

/** All attempts together, in milliseconds: nothing waits longer for a webhook. */
const TOTAL_MS = 10_000;
/** One attempt. */
const ATTEMPT_MS = 5_000;
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
 * What cannot be delivered waits on disk and goes along with the next one, so that each is delivered once.
 */
export async function notify(layout: Layout, log: Log, text: string, options: NotifyOptions = {}): Promise<void> {
  log.info(text);
  try {
    const { webhook } = await platformDescription(layout).catch(() => ({ webhook: undefined }));
    if (webhook === undefined) return;
    const { totalMs = TOTAL_MS } = options;
    const deadline = AbortSignal.timeout(totalMs);
    await withLock(folder(layout), "notify", totalMs / 1000, () =>
      deliver(layout, webhook, `${text} (run ${runId()})`, deadline, options),
    );
  } catch (error) {
    log.warn(`the notification was not delivered (${reason(error)}); it goes out with the next one`);
  }
}

async function deliver(
  layout: Layout,
  webhook: string,
  text: string,
  deadline: AbortSignal,
  { now = new Date(), pause }: NotifyOptions,
): Promise<void> {
  // On disk first: a process that is killed while it sends has not lost it.
  const name = `${now.toISOString().replace(/\D/g, "")}-${process.pid}-${process.hrtime.bigint()}.json`;
  const waiting: Waiting = { at: now.toISOString(), text };
  await writeAtomic(join(folder(layout), name), `${JSON.stringify(waiting)}\n`, { mode: 0o600 });
  const names = await waitingNames(layout);
  for (const dropped of names.slice(0, -MOST_WAITING)) await rm(join(folder(layout), dropped));
  const kept = names.slice(-MOST_WAITING);
  const all = await Promise.all(kept.map((file) => readWaiting(join(folder(layout), file))));
  const body = JSON.stringify({ text: message(all.filter((one) => one !== undefined)) });
  await retry(() => post(webhook, body, deadline), {
    isTransient: (error) => !deadline.aborted && isTransientFault(error),
    ...(pause && { pause }),
  });
  for (const delivered of kept) await rm(join(folder(layout), delivered));
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
