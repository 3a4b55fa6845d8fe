import { fork } from "node:child_process";
import { join } from "node:path";
import type { LoadResult, LoadTarget } from "../../test/support/steady-load";
import { type Measure, measured } from "../runner/measure";
import { HELLO_HOST, type SampleStack } from "./sample-stack";

const PER_SECOND = 500;
/** Seconds of load before the first redeploy and after the last. */
const MARGIN_SECONDS = 2;
/** Failures that are told one by one. */
const SHOWN_FAILURES = 10;

/** What the process of the load is started with. */
export interface LoadOrder {
  target: LoadTarget;
  perSecond: number;
}

/** Redeploys `hello` while a process of its own sends it a steady stream of requests over keep-alive connections. */
export async function redeploysUnderLoad(sample: SampleStack, runs: number, say: (line: string) => void) {
  const load = startLoad({ target: { ...sample.stack.gateway, host: HELLO_HOST }, perSecond: PER_SECOND });
  let result: LoadResult;
  try {
    await seconds(MARGIN_SECONDS);
    for (let run = 1; run <= runs; run++) {
      await sample.configureOther();
      const { seconds: took } = await sample.up();
      say(`redeploy ${run} of ${runs} under ${PER_SECOND} requests/s: up ${took.toFixed(2)} s`);
    }
    await seconds(MARGIN_SECONDS);
    result = await load.stop();
  } finally {
    load.end();
  }
  for (const { atMs, what } of result.failures.slice(0, SHOWN_FAILURES))
    say(`failed after ${atMs.toFixed(0)} ms: ${what}`);
  const served = Object.values(result.releases).reduce((sum, count) => sum + count, 0);
  const p99 = result.latencies[Math.floor(result.latencies.length * 0.99)] ?? 0;
  const measures: Measure[] = [
    measured(`failed requests during ${runs} redeploys`, result.failures.length, "requests", { limit: 0 }),
    measured("answered requests meanwhile", served, "requests"),
    measured("their 99th percentile", p99, "ms"),
  ];
  return measures;
}

/** The load, in a process of its own. */
export function startLoad(order: LoadOrder) {
  const child = fork(join(__dirname, "load-process.ts"));
  child.send(order);
  const result = new Promise<LoadResult>((done, fail) => {
    child.once("message", (message) => done(message as LoadResult));
    child.once("exit", (code) => fail(new Error(`the process of the load ended with ${code}`)));
  });
  result.catch(() => undefined); // Told by `stop`, which may come much later.
  return {
    stop(): Promise<LoadResult> {
      child.send("stop");
      return result;
    },
    end: () => child.kill(),
  };
}

function seconds(count: number): Promise<void> {
  return new Promise((done) => setTimeout(done, count * 1000));
}
