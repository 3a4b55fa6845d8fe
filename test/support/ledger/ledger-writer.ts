import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import type { Ledger } from "./ledger";

/** Longest wait for the answer to one row, in milliseconds. */
const ANSWER_MS = 20_000;
/** Bounds every writer, whatever its caller forgets. */
const MOST_ROWS = 20_000;

export interface WriterResult {
  sent: number;
  /** Rows that the ledger said it has. */
  acknowledged: number[];
  failures: string[];
}

/**
 * Writes consecutive numbers at a steady pace through the gateway, each once, and remembers which were acknowledged. One
 * that was not may be there or not: nobody promised.
 */
export class LedgerWriter implements AsyncDisposable {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly open = new Set<Promise<void>>();
  private readonly result: WriterResult = { sent: 0, acknowledged: [], failures: [] };
  private readonly timer: NodeJS.Timeout;
  /** Numbers of an earlier writer of the same ledger are not used again. */
  private static next = 1;

  constructor(
    private readonly ledger: Ledger,
    perSecond = 10,
  ) {
    this.timer = setInterval(() => this.write(), 1000 / perSecond);
  }

  /** Waits for the answers that are still open. */
  async stop(): Promise<WriterResult> {
    clearInterval(this.timer);
    await Promise.all(this.open);
    this.agent.destroy();
    return this.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Every acknowledged row is in the database, once. */
  async check(): Promise<void> {
    const { acknowledged } = await this.stop();
    assert.ok(acknowledged.length > 0, "the writer never wrote a row");
    const rows = (await this.ledger.sql("select n from rows")).split("\n").map(Number);
    const times = new Map<number, number>();
    for (const n of rows) times.set(n, (times.get(n) ?? 0) + 1);
    const lost = acknowledged.filter((n) => !times.has(n));
    const doubled = acknowledged.filter((n) => (times.get(n) ?? 0) > 1);
    assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
  }

  private write(): void {
    if (this.result.sent >= MOST_ROWS) return;
    const n = LedgerWriter.next++;
    this.result.sent++;
    const one = this.post(n).then(
      () => void this.result.acknowledged.push(n),
      (error: Error) => void this.result.failures.push(`row ${n}: ${error.message}`),
    );
    this.open.add(one);
    void one.then(() => this.open.delete(one));
  }

  private post(n: number): Promise<void> {
    const { stack, host } = this.ledger;
    const { address, port } = stack.gateway;
    const options = { host: address, port, path: `/rows?n=${n}`, method: "POST", agent: this.agent, headers: { host } };
    return new Promise((done, fail) => {
      const sent = request(options, (answer) => {
        answer.resume();
        answer.on("error", fail);
        answer.on("end", () => (answer.statusCode === 201 ? done() : fail(new Error(`status ${answer.statusCode}`))));
      });
      sent.setTimeout(ANSWER_MS, () => sent.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)));
      sent.on("error", fail);
      sent.end();
    });
  }
}
