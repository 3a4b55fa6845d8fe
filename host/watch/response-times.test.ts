import { strict as assert } from "node:assert";
import { ResponseTimes } from "./response-times";

describe("response times", () => {
  const of = (...all: number[]) => {
    const times = new ResponseTimes();
    for (const one of all) times.add(one);
    return times.latency();
  };
  const same = (count: number, milliseconds: number): number[] => Array(count).fill(milliseconds);

  it("fault 25 have a p99 that one slow request in a hundred does not change, and two do", () => {
    assert.deepEqual(of(...same(99, 20), 5000), { requests: 100, p99Ms: 20 });
    assert.deepEqual(of(...same(98, 20), 5000, 6000), { requests: 100, p99Ms: 5000 });
  });

  it("fault 25 tell how many took longer than a limit", () => {
    const times = new ResponseTimes();
    for (const one of [20, 600, 601, 620, 5000]) times.add(one);
    assert.deepEqual(times.latency(600), { requests: 5, p99Ms: 5000, slower: 2 });
    assert.deepEqual(new ResponseTimes().latency(600), { requests: 0, p99Ms: 0, slower: 0 });
  });

  it("fault 25 are kept to two digits", () => {
    assert.deepEqual(
      [0, 7, 99, 104, 996, 1249].map((one) => of(one).p99Ms),
      [0, 7, 99, 100, 1000, 1200],
    );
    assert.deepEqual(of(), { requests: 0, p99Ms: 0 });
  });
});
