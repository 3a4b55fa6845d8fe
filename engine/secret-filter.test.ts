import assert from "node:assert/strict";
import { withoutSecretTexts } from "./secret-filter";

describe("secrets of the configuration in a message", () => {
  it("are shown as [secret], a longer one before one that is part of it", () => {
    const shown = withoutSecretTexts(["hush", "hush-hush", "a.b"]);
    assert.equal(shown("hush-hush, hush and a.b, but not aXb"), "[secret], [secret] and [secret], but not aXb");
  });

  it("are left where they are too short to be told from other text", () => {
    assert.equal(withoutSecretTexts(["", "7", "no"])("no 7"), "no 7");
  });
});
