import { strict as assert } from "node:assert";
import { brokenPromises } from "./promised";

describe("promised variables", () => {
  const env = ["PATH=/bin", "PUBLIC_URL=https://shop.example.com/?a=b", "TOKEN=s3cret", "EMPTY="];

  it("OV-06 are kept when each is set to the very value", () => {
    assert.deepEqual(brokenPromises(env, { PUBLIC_URL: "https://shop.example.com/?a=b", EMPTY: "" }), []);
    assert.deepEqual(brokenPromises(env, {}), []);
  });

  it("OV-06 every one that is missing or different is named, without what was found", () => {
    const found = brokenPromises(env, { PUBLIC_URL: "https://shop.example.com", API_URL: "/api", TOKEN: "public" });
    assert.deepEqual(found, [
      'PUBLIC_URL has another value than was promised; promised is "https://shop.example.com"',
      'API_URL is not set; promised is "/api"',
      'TOKEN has another value than was promised; promised is "public"',
    ]);
  });
});
