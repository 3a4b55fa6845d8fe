import { strict as assert } from "node:assert";
import { isTransientFault, retry } from "./retry";

describe("retry", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

  async function attempt(failures: unknown[], attempts?: number) {
    const pauses: number[] = [];
    const pause = async (milliseconds: number) => void pauses.push(milliseconds);
    let calls = 0;
    const action = async () => {
      calls += 1;
      if (failures.length > 0) throw failures.shift();
      return "done";
    };
    const outcome = await retry(action, { isTransient: isTransientFault, pause, attempts }).catch(
      (error: Error) => error.message,
    );
    return { outcome, calls, pauses };
  }

  it("SC-12 tries a transient fault up to 3 times, with pauses that double", async () => {
    assert.deepEqual(await attempt([refused, refused]), { outcome: "done", calls: 3, pauses: [500, 1000] });
    assert.deepEqual(await attempt([refused, refused, refused]), {
      outcome: "connect ECONNREFUSED",
      calls: 3,
      pauses: [500, 1000],
    });
  });

  it("SC-12 does not try a permanent fault again", async () => {
    const forbidden = Object.assign(new Error("forbidden"), { status: 403 });
    assert.deepEqual(await attempt([forbidden]), { outcome: "forbidden", calls: 1, pauses: [] });
  });

  it("SC-12 knows the faults of the network, also behind a failed fetch, and of a server that is busy", () => {
    assert(isTransientFault(new TypeError("fetch failed", { cause: refused })));
    assert(isTransientFault(new DOMException("late", "TimeoutError")));
    for (const status of [408, 429, 500, 503]) assert(isTransientFault({ status }), String(status));
    for (const status of [400, 401, 403, 404]) assert(!isTransientFault({ status }), String(status));
    assert(!isTransientFault(new TypeError("fetch failed", { cause: { code: "ENOTFOUND" } })));
    assert(!isTransientFault(new Error("something else")));
  });
});
