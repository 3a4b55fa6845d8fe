import assert from "node:assert";
import { palette } from "../../terminal/palette";
import { secret, UNKNOWN } from "../property-value";
import { diffMaps } from "./property-diff";
import { PropertyText } from "./property-text";

const OPTIONS = { palette: palette(false), showSecrets: false };
const OUTPUTS = {
  empty: {},
  multi: "line 1\nline 2\n",
  nested: { list: [1, "two", { three: "a" }], none: null, yes: true },
  nullOut: null,
  json: '{"b":5,"a":[]}',
  texts: ["a", UNKNOWN],
  token: secret("hush"),
};

describe("text of properties", () => {
  it("is aligned as Pulumi's CLI aligns it; empty properties are left out, inside a value they are shown", () => {
    assert.equal(
      PropertyText.ofMap(OUTPUTS, "    ", " ", OPTIONS),
      `    json   : (json) {
        a: []
        b: 5
    }

    multi  : "line 1\\nline 2\\n"
    nested : {
        list: [
            [0]: 1
            [1]: "two"
            [2]: {
                three: "a"
            }
        ]
        none: <null>
        yes : true
    }
    texts  : [
        [0]: "a"
        [1]: [unknown]
    ]
    token  : [secret]
`,
    );
  });

  it("of what changed has a mark a line; a property without a value is as good as none", () => {
    const after = {
      multi: null,
      nested: { list: [1, "2", { three: "a" }], yes: true },
      nullOut: 7,
      token: secret("new"),
    };
    assert.equal(
      PropertyText.ofDiff(diffMaps(OUTPUTS, after)?.entries ?? {}, "    ", OPTIONS),
      `  - empty  : {}
  - json   : (json) {
      - a: []
      - b: 5
    }

  - multi  : "line 1\\nline 2\\n"
  ~ nested : {
      ~ list: [
            [0]: 1
          ~ [1]: "two" => "2"
            [2]: {
                three: "a"
            }
        ]
        yes : true
    }
  + nullOut: 7
  - texts  : [
  -     [0]: "a"
  -     [1]: [unknown]
    ]
  ~ token  : [secret] => [secret]
`,
    );
  });

  it("secrets that are equal do not differ, whether marked or not", () => {
    assert.equal(diffMaps({ a: secret("x"), b: [secret({ c: 1 })] }, { a: "x", b: [secret({ c: 1 })] }), undefined);
    assert.equal(diffMaps({ a: secret("x") }, { a: secret("y") })?.entries.a?.kind, "update");
  });
});
