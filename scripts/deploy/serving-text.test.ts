import { strict as assert } from "node:assert";
import { liveRelease } from "../../host/record.fixture";
import { servingText } from "./serving-text";

describe("what is said to serve after a deploy that failed", () => {
  const [first, second] = [liveRelease("aaaa"), liveRelease("bbbb", { version: "1.1.0" })];
  const failed = { before: "aaaa", failed: "bbbb", database: undefined };

  it("SC-03 what served before, or what the host has moved traffic to since", () => {
    assert.equal(servingText(first, failed), "Live: 1.0.0 (release aaaa), as before");
    assert.equal(servingText(first, { ...failed, before: "cccc" }), "Live: 1.0.0 (release aaaa)");
    assert.equal(servingText(first, { ...failed, failed: "aaaa" }), "Live: 1.0.0 (release aaaa), as before");
    assert.equal(servingText(undefined, { ...failed, before: undefined }), "Live: nothing, as before");
  });

  it("SC-03 MT-13 the release that failed where there is no way back from it", () => {
    assert.equal(servingText(second, failed), "Live: 1.1.0 (release bbbb), which keeps the traffic");
  });

  it("fault 22 without a word of data that is as before where a failed migration changed it, or may have", () => {
    const text = (database: "changed" | "unknown") => servingText(first, { ...failed, database });
    assert.match(text("changed"), /\), as before; its database is not as before: see above$/);
    assert.match(text("unknown"), /; whether its database is as before is not known: see above$/);
  });
});
