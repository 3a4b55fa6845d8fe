import { strict as assert } from "node:assert";
import { masked } from "./masked";

describe("what a container printed", () => {
  const env = {
    SECRET_KEY: "hush-hush",
    LONGER: "hush-hush-longer",
    DATABASE_URL: "postgresql://shop:p%40ss-word@postgres:5432/shop",
    LOG_LEVEL: "info",
    BROKEN: "http://a:%zz-broken@b/",
  };

  it("MT-20 fault 41 shows names in place of the variables' values", () => {
    assert.equal(masked("key hush-hush, hush-hush-longer", env), "key [SECRET_KEY], [LONGER]");
    assert.equal(
      masked("cannot reach postgresql://shop:p%40ss-word@postgres:5432/shop", env),
      "cannot reach [DATABASE_URL]",
    );
  });

  it("MT-20 fault 41 hides the password of an address by itself, as it is written and as it is meant", () => {
    assert.equal(masked("p%40ss-word or p@ss-word?", env), "[DATABASE_URL] or [DATABASE_URL]?");
    assert.equal(masked("%zz-broken", env), "[BROKEN]");
  });

  it("leaves words alone that are too short to be a secret", () => {
    assert.equal(masked("level info, information", env), "level info, information");
  });
});
