import assert from "node:assert/strict";
import { Throttle } from "./jobs";

describe("how many test files run at a time", () => {
  /** Two processors, of which so much is free from here on. */
  function machine(free: number) {
    const state = { now: 0, idle: 0 };
    const seams = { now: () => state.now, times: () => ({ all: 2 * state.now, idle: state.idle }) };
    const pass = (seconds: number) => {
      state.now += 1000 * seconds;
      state.idle += 2000 * seconds * free;
    };
    return { seams, pass };
  }

  it("is the least whatever the processors do, and more while a third of their time is free", () => {
    const { seams, pass } = machine(0.35);
    const throttle = new Throttle({ least: 2, most: 4 }, seams);
    assert.equal(throttle.hasRoom(1), true);
    throttle.started();
    assert.equal(throttle.hasRoom(2), false, "what the last one takes does not show yet");
    pass(7);
    assert.equal(throttle.hasRoom(2), true);
    throttle.started();
    pass(7);
    assert.equal(throttle.hasRoom(4), false, "the most");
  });

  it("stays at the least while the processors are busy", () => {
    const { seams, pass } = machine(0.25);
    const throttle = new Throttle({ least: 2, most: 4 }, seams);
    pass(60);
    assert.equal(throttle.hasRoom(2), false);
    assert.equal(throttle.hasRoom(1), true);
  });
});
