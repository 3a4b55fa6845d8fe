import { strict as assert } from "node:assert";
import { liveRelease } from "../../host/record.fixture";
import { servingText } from "./serving-text";

describe("what is said to serve after a deploy that failed", () => {
  const [first, second] = [liveRelease("aaaa"), liveRelease("bbbb", { version: "1.1.0" })];

  it("SC-03 what served before, or what serves by now", () => {
    assert.equal(servingText(first, first, undefined), "Live: 1.0.0 (release aaaa), as before");
    assert.equal(servingText(second, first, undefined), "Live: 1.1.0 (release bbbb)");
    assert.equal(servingText(undefined, undefined, undefined), "Live: nothing, as before");
  });

  it("fault 22 without a word of data that is as before where a failed migration changed it, or may have", () => {
    assert.match(servingText(first, first, "changed"), /\), as before; its database is not as before: see above$/);
    assert.match(servingText(first, first, "unknown"), /; whether its database is as before is not known: see above$/);
  });
});
