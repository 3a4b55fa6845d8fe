import assert from "node:assert";
import { keyText, parseConfigKey, parsePropertyPath } from "./config-key";

describe("configuration key", () => {
  const parsed = (text: string, asPath = false) => {
    const key = parseConfigKey(text, "shop", asPath);
    return [keyText(key), ...key.path];
  };

  it("without a namespace belongs to the project", () => {
    assert.deepEqual(parsed("a"), ["shop:a"]);
    assert.deepEqual(parsed("docker:host"), ["docker:host"]);
    assert.deepEqual(parsed("shop:config:a"), ["shop:a"]);
    assert.deepEqual(parsed("dot.ted"), ["shop:dot.ted"]);
  });

  it("is a path only when asked for", () => {
    assert.deepEqual(parsed("slipway:releases.blog.live.version", true), [
      "slipway:releases",
      "blog",
      "live",
      "version",
    ]);
    assert.deepEqual(parsed('a["with.dot"][0].x', true), ["shop:a", "with.dot", 0, "x"]);
    assert.deepEqual(parsed('a["x:y"]', true), ["shop:a", "x:y"]);
    assert.deepEqual(parsePropertyPath('["a\\"b"].c'), ['a"b', "c"]);
  });

  for (const wrong of ["a:b:c", "", ":x", "x:"]) {
    it(`"${wrong}" is none`, () => {
      assert.throws(() => parseConfigKey(wrong, "shop", false), /could not parse .* as a configuration key/);
    });
  }

  for (const wrong of ["[0].a", "a..b", "a[x]", "a.", 'a["b']) {
    it(`"${wrong}" is no path`, () => {
      assert.throws(() => parseConfigKey(wrong, "shop", true), /invalid config key path/);
    });
  }
});
