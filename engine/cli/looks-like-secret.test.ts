import assert from "node:assert";
import { looksLikeSecret } from "./looks-like-secret";

describe("a value that looks like a secret", () => {
  it("MT-20 has a key named like one and the variety of one", () => {
    assert.equal(looksLikeSecret("token", "kR3jT9qXz7Lm2Vb8Np4Wc6Yd1Fg5Hs0"), true);
    assert.equal(looksLikeSecret("p:dbPassword", "f2b8c0de91a74be6a3d1c5b7"), true);
  });

  it("is not every value of such a key, nor every value of that variety", () => {
    assert.equal(looksLikeSecret("token", "changeme"), false);
    assert.equal(looksLikeSecret("passMode", "with many words in it 1 2 3 4 5"), false);
    assert.equal(looksLikeSecret("image", "sha256:f2b8c0de91a74be6a3d1c5b7f2b8c0de91a74be6"), false);
  });
});
