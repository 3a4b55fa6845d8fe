import assert from "node:assert/strict";
import { secret } from "./property-value";
import { markNamedSecrets, markSecrets } from "./secret-marks";

describe("secret marks", () => {
  it("PU-09 marks again what a provider returned for a secret input", () => {
    assert.deepEqual(markSecrets({ a: "x", b: "y" }, { a: secret("x"), b: "y" }), { a: secret("x"), b: "y" });
  });

  it("follows objects by key and lists by entry, so that only the secret part is one", () => {
    const inputs = { env: { A: secret("x"), B: "y" }, list: ["p", secret("q")] };
    assert.deepEqual(markSecrets({ env: { A: "x", B: "y" }, list: ["p", "q"] }, inputs), inputs);
  });

  it("PU-09 marks all of a list that came back in another order or length", () => {
    const inputs = { list: ["p", secret("q")] };
    assert.deepEqual(markSecrets({ list: ["q", "p"] }, inputs), { list: secret(["q", "p"]) });
    assert.deepEqual(markSecrets({ list: ["q"] }, inputs), { list: secret(["q"]) });
  });

  it("PU-09 leaves alone what is marked already, and keeps the marks that a provider made", () => {
    const inputs = { list: ["p", secret("q")], sorted: ["p", secret("q")], whole: secret(["p"]) };
    const provided = { list: [secret("p"), "q"], sorted: ["q", "p"], whole: ["p"] };
    const marked = markSecrets(provided, inputs);
    assert.deepEqual(marked, { list: [secret("p"), secret("q")], sorted: secret(["q", "p"]), whole: secret(["p"]) });
    assert.deepEqual(markSecrets(marked, inputs), marked);
  });

  it("marks named outputs, but never the id", () => {
    assert.deepEqual(markNamedSecrets({ id: "1", out: "x" }, ["id", "out", "absent"]), { id: "1", out: secret("x") });
  });
});
