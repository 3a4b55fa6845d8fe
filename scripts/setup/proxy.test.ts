import assert from "node:assert/strict";
import { isBehindProxy, proxyArguments, withoutCredentials } from "./proxy";

const PROXY = "http://ann:s3cret@proxy.test:3128";

describe("a proxy", () => {
  it("is given to builds in both cases, and nothing where none is set", () => {
    assert.deepEqual(proxyArguments({ HTTPS_PROXY: PROXY, no_proxy: "a.test", HTTP_PROXY: "", PATH: "/bin" }), {
      https_proxy: PROXY,
      HTTPS_PROXY: PROXY,
      no_proxy: "a.test",
      NO_PROXY: "a.test",
    });
    assert.deepEqual(proxyArguments({ PATH: "/bin" }), {});
  });

  it("is the one in lower case where there are two", () => {
    const { http_proxy, HTTP_PROXY } = proxyArguments({ http_proxy: "http://a.test", HTTP_PROXY: "http://b.test" });
    assert.deepEqual([http_proxy, HTTP_PROXY], ["http://a.test", "http://a.test"]);
  });

  it("on this machine's loopback is not given to builds, which cannot reach it", () => {
    for (const address of ["http://127.0.0.1:3128", "localhost:3128", "http://ann:x@localhost", "http://[::1]:3128/"]) {
      assert.deepEqual(proxyArguments({ http_proxy: address }), {}, address);
    }
    assert.ok("http_proxy" in proxyArguments({ http_proxy: "http://localhost.test:3128" }));
  });

  it("is there where one of its variables is set, in either case, but for the one of exceptions", () => {
    assert.ok(isBehindProxy({ https_proxy: PROXY }));
    assert.ok(isBehindProxy({ ALL_PROXY: PROXY }));
    assert.ok(!isBehindProxy({ NO_PROXY: "a.test", HTTP_PROXY: "" }));
  });

  it("is shown without its user and password", () => {
    const env = { HTTPS_PROXY: PROXY, http_proxy: "bob:p@ss@proxy.test:3128" };
    assert.equal(
      withoutCredentials(`via ${PROXY} and http://bob:p@ss@proxy.test:3128/ failed`, env),
      "via http://***@proxy.test:3128 and http://***@proxy.test:3128/ failed",
    );
    assert.equal(withoutCredentials("a@b", { http_proxy: "http://proxy.test" }), "a@b");
  });
});
