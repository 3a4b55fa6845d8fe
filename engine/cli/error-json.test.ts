import assert from "node:assert";
import { errorJson } from "./error-json";

describe("an error for a program", () => {
  it("is one line, with its code, its place and the guess that its message has", () => {
    const message = 'unknown key "imgae"; allowed: image, name; did you mean "image"?\nhint: look there';
    const text = errorJson({ code: "slipway.config.unknown_key", message, field: "a/imgae", file: "a.yml", line: 2 });
    assert.equal(text.indexOf("\n"), text.length - 1);
    assert.deepEqual(JSON.parse(text), {
      error: {
        ...{ code: "slipway.config.unknown_key", severity: "error", message },
        ...{
          field: "a/imgae",
          file: "a.yml",
          line: 2,
          suggestions: ["image"],
          docs: "docs/projects.reference.yml",
          schemaVersion: 1,
        },
      },
    });
  });

  it("has no suggestions where there is no guess", () => {
    assert.deepEqual(JSON.parse(errorJson({ code: "slipway.failed", message: "no" })), {
      error: { code: "slipway.failed", severity: "error", message: "no", docs: "docs/errors.md", schemaVersion: 1 },
    });
  });
});
