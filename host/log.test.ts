import { strict as assert } from "node:assert";
import { timestamp } from "./log";

describe("log", () => {
  it("SC-02 writes times as YYYY-MM-DD HH:MM:SS in UTC", () => {
    assert.equal(timestamp(new Date("2026-03-04T05:06:07.891Z")), "2026-03-04 05:06:07");
  });
});
