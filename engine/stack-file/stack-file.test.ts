import assert from "node:assert";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfigKey } from "./config-key";
import { hasSecure } from "./config-values";
import { StackFile } from "./stack-file";

const SALT = "v1:g8pYmmzD25Q=:v1:RHmc09qOT68CDKMn:B4RFMlx7eGlY3TKO4Q1wZ+eEmF1bQQ==";
const SECURE = { secure: "v1:SsW6EAmkSk2kNPXX:2/G4+nNPxc71hqmDkDfoj2Ys4nlU" };

/** What Pulumi's CLI left in the file after these commands, in this order. */
const RECORDED = `encryptionsalt: ${SALT}
config:
  g-config:plain:
    x: "no"
  g-config:empty: ""
  g-config:flag: "maybe"
  g-config:n: "42"
  g-config:s: "007"
  other:key: v
  g-config:dot.ted: v
  g-config:a:
    b:
      c: deep
    flag: true
    "n": 7
    f: "1.5"
    "null": "null"
    z: "007"
    with.dot: q
  g-config:list:
    - zero
    - one
  g-config:tree:
    items:
      - name: n0
  other:obj:
    k: v
  g-config:sec: visible
  g-config:mixed:
    sec:
      secure: ${SECURE.secure}
    open: seen
  g-config:jsontext: '{"a":[1,"2"]}'
  g-config:multi: |
    l1
    l2
  g-config:special: 'yes: [no] # x'
  g-config:uni: é✓
  g-config:dash: "-5"
`;

describe("stack file", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-"));
    file = join(folder, "Pulumi.dev.yaml");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("PU-03 `config set` leaves the bytes that Pulumi's CLI left", async () => {
    const stackFile = await StackFile.read(file);
    stackFile.encryptionSalt = SALT;
    const set = (key: string, value: string | { secure: string }, path = false) =>
      stackFile.set(parseConfigKey(key, "g-config", path), value);
    set("plain", "value");
    set("empty", "");
    set("flag", "true");
    set("n", "42");
    set("s", "007");
    set("other:key", "v");
    set("dot.ted", "v");
    set("a.b.c", "deep", true);
    set("a.flag", "true", true);
    set("a.n", "7", true);
    set("a.f", "1.5", true);
    set("a.null", "null", true);
    set("a.z", "007", true);
    set('a["with.dot"]', "q", true);
    set("list[0]", "zero", true);
    set("list[1]", "one", true);
    set("tree.items[0].name", "n0", true);
    set("plain.x", "no", true);
    set("other:obj.k", "v", true);
    set("sec", SECURE);
    set("mixed.sec", SECURE, true);
    set("mixed.open", "seen", true);
    set("sec", "visible");
    set("jsontext", '{"a":[1,"2"]}');
    set("multi", "l1\nl2\n");
    set("special", "yes: [no] # x");
    set("uni", "é✓");
    set("dash", "-5");
    set("flag", "maybe");
    await stackFile.save();
    assert.equal(await readFile(file, "utf8"), RECORDED);
  });

  it("comments, blank lines and the order of keys survive an edit", async () => {
    const text = `# which release is live\nconfig:\n  slipway:releases:\n    # the shop\n    shop:\n      live:\n        version: "1.4" # was 1.3\n\n    blog: {}\n  a:b: c\n`;
    await writeFile(file, text);
    const stackFile = await StackFile.read(file);
    stackFile.set(parseConfigKey("slipway:releases.shop.live.version", "slipway", true), "one.five");
    await stackFile.save();
    assert.equal(await readFile(file, "utf8"), text.replace('"1.4"', '"one.five"'));
  });

  it("an index beyond the end, and a key of the wrong kind, are refused with the path", async () => {
    const stackFile = await StackFile.read(file);
    stackFile.set(parseConfigKey("list[0]", "p", true), "zero");
    assert.throws(
      () => stackFile.set(parseConfigKey("list[5]", "p", true), "x"),
      /could not set config: list\[5\]: array index out of range/,
    );
    assert.throws(
      () => stackFile.set(parseConfigKey("list.a", "p", true), "x"),
      /list\.a: key for an array must be an int/,
    );
    stackFile.set(parseConfigKey("a.b", "p", true), "x");
    assert.throws(
      () => stackFile.set(parseConfigKey("a[0]", "p", true), "x"),
      /a\[0\]: key for a map must be a string/,
    );
  });

  it("removing the last key leaves no empty `config`", async () => {
    await writeFile(file, "encryptionsalt: s\nconfig:\n  p:a: b\n");
    const stackFile = await StackFile.read(file);
    assert.equal(stackFile.remove(parseConfigKey("a", "p", false)), true);
    assert.equal(stackFile.text(), "encryptionsalt: s\n");
  });

  it("removing what is not there, or is below what is not there, changes nothing", async () => {
    const text = "config:\n  p:a: b\n";
    await writeFile(file, text);
    const stackFile = await StackFile.read(file);
    for (const key of ["x", "x.y", "a.b.c"]) assert.equal(stackFile.remove(parseConfigKey(key, "p", true)), false, key);
    assert.equal(stackFile.text(), text);
  });

  it("a map that was emptied is filled as a block again", async () => {
    await writeFile(file, "config:\n  p:a:\n    b:\n      c: d\n");
    const before = await StackFile.read(file);
    before.remove(parseConfigKey("a.b.c", "p", true));
    await before.save();
    assert.equal(await readFile(file, "utf8"), "config:\n  p:a:\n    b: {}\n");
    const after = await StackFile.read(file);
    after.set(parseConfigKey("a.b.x", "p", true), "z");
    assert.equal(after.text(), "config:\n  p:a:\n    b:\n      x: z\n");
  });

  it("PU-03 an alias is what it stands for: a value, a secret, an entry of a list, a whole map", async () => {
    await writeFile(
      file,
      `config:
  a:number: &number 1.10
  a:same: *number
  a:key: &key { secure: ${SECURE.secure} }
  a:alike: *key
  a:variables: &variables
    shop: { SECRET_KEY: *key, list: [*number, *key] }
  a:others: *variables
`,
    );
    const entries = (await StackFile.read(file)).entries();
    const variables = { shop: { SECRET_KEY: SECURE, list: [1.1, SECURE] } };
    assert.deepEqual(Object.fromEntries(entries), {
      "a:number": "1.10",
      "a:same": "1.10",
      "a:key": SECURE,
      "a:alike": SECURE,
      "a:variables": variables,
      "a:others": variables,
    });
    for (const key of ["a:key", "a:alike", "a:others"]) assert.equal(hasSecure(entries.get(key) ?? null), true, key);
  });

  it("the whole configuration and the salt may be aliases", async () => {
    await writeFile(file, "base: &base { a:b: c }\nsalt: &salt v1:x\nencryptionsalt: *salt\nconfig: *base\n");
    const stackFile = await StackFile.read(file);
    assert.deepEqual([...stackFile.entries()], [["a:b", "c"]]);
    assert.equal(stackFile.encryptionSalt, "v1:x");
    assert.throws(() => stackFile.set(parseConfigKey("x", "p", false), "y"), /config: the alias \*base is there/);
  });

  for (const [title, text, expected] of [
    ["without an anchor before it", "a:b: { c: *none }", /alias \*none has no anchor before it/],
    ["of itself", "a:b: &self { c: [*self] }", /alias \*self contains itself/],
    ["by a merge key", "a:b: &b { c: 1 }\n  a:c: { <<: *b }", /merge keys \(<<\) are not read; repeat the keys, or/],
    ["by a merge key of the whole", "<<: *b", /merge keys/],
  ] as const) {
    it(`PU-03 an alias ${title} is refused by name, never left out`, async () => {
      await writeFile(file, `config:\n  ${text}\n`);
      const stackFile = await StackFile.read(file);
      assert.throws(() => stackFile.entries(), expected);
      assert.throws(() => stackFile.entries(), /Pulumi\.dev\.yaml/);
    });
  }

  it("aliases of aliases end at more values than a file can have", async () => {
    const levels = Array.from(
      { length: 20 },
      (_, level) => `  a:l${level}: &l${level} [${Array.from({ length: 10 }, () => (level ? `*l${level - 1}` : "x"))}]`,
    );
    await writeFile(file, `config:\n${levels.join("\n")}\n`);
    const stackFile = await StackFile.read(file);
    assert.throws(() => stackFile.entries(), /more than 500000 values/);
  });

  it("an edit below an alias is refused, and the file stays", async () => {
    const text = "config:\n  p:a: &a\n    b: 1\n  p:c: *a\n";
    await writeFile(file, text);
    const stackFile = await StackFile.read(file);
    const key = parseConfigKey("c.d", "p", true);
    assert.throws(() => stackFile.set(key, "x"), /could not set config: c\.d: the alias \*a is there; write out/);
    assert.throws(() => stackFile.setNode(key, { e: "x" }), /could not set config: p:c: the alias \*a is there/);
    assert.equal(stackFile.text(), text);
  });

  it("a file that is not YAML is refused by name", async () => {
    await writeFile(file, "config: [\n");
    await assert.rejects(StackFile.read(file), /invalid YAML file: .*Pulumi\.dev\.yaml/);
  });
});
