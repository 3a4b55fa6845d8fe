import assert from "node:assert/strict";
import { compareSync } from "bcrypt";
import { type PropertyMap, UNKNOWN } from "../../property-value";
import { checkRequest, createRequest, diffRequest } from "../requests.fixture";
import { randomPackage } from ".";
import { randomText } from "./random-text";

const PASSWORD = "random:index/randomPassword:RandomPassword";
const ID = "random:index/randomId:RandomId";
const PET = "random:index/randomPet:RandomPet";

describe("package random", () => {
  const provider = randomPackage.configure({});
  const create = (type: string, inputs: PropertyMap) => provider.create(createRequest(type, inputs));

  it("a password has the length asked for, only allowed characters, and a hash that verifies", async () => {
    const { id, outputs } = await create(PASSWORD, { length: 24, special: false });
    assert.equal(id, "none");
    assert.match(String(outputs.result), /^[A-Za-z0-9]{24}$/);
    assert.ok(compareSync(String(outputs.result), String(outputs.bcryptHash)));
    const { result: _, bcryptHash: __, ...rest } = outputs;
    assert.deepEqual(rest, {
      __meta: '{"schema_version":"3"}',
      id: "none",
      length: 24,
      lower: true,
      minLower: 0,
      minNumeric: 0,
      minSpecial: 0,
      minUpper: 0,
      number: true,
      numeric: true,
      special: false,
      upper: true,
    });
  });

  it("a password that is longer than what bcrypt reads has a hash of its first 72 bytes", async () => {
    const { outputs } = await create(PASSWORD, { length: 100 });
    assert.equal(String(outputs.result).length, 100);
    assert.match(String(outputs.bcryptHash), /^\$2a\$10\$/);
    assert.ok(compareSync(String(outputs.result).slice(0, 72), String(outputs.bcryptHash)));
  });

  it("minimums are kept, also those of a class that is not allowed otherwise", async () => {
    const { outputs } = await create(PASSWORD, { length: 6, minSpecial: 2, overrideSpecial: "é", numeric: false });
    assert.ok([...String(outputs.result)].filter((character) => character === "é").length >= 2);
    assert.equal([...String(outputs.result)].length, 6);
    assert.equal(outputs.number, false);
  });

  it("every character of a class is drawn, evenly", () => {
    const text = randomText(10_000, [{ characters: ["a", "b", "c", "d"], allowed: true, atLeast: 0 }]);
    for (const character of "abcd") {
      const share = text.split(character).length - 1;
      assert.ok(share > 2_200 && share < 2_800, `${character} ${share} times of 10,000`);
    }
  });

  it("an id is the same bytes in every notation, with the prefix", async () => {
    const { id, outputs } = await create(ID, { byteLength: 6, prefix: "g-" });
    const bytes = Buffer.from(id, "base64url");
    assert.equal(bytes.length, 6);
    assert.deepEqual(outputs, {
      b64Std: `g-${bytes.toString("base64")}`,
      b64Url: `g-${id}`,
      byteLength: 6,
      dec: `g-${bytes.readUIntBE(0, 6)}`,
      hex: `g-${bytes.toString("hex")}`,
      id,
      prefix: "g-",
    });
  });

  it("a pet has as many words as asked for after its prefix", async () => {
    const { id, outputs } = await create(PET, { length: 3, prefix: "x", keepers: { gen: "1" } });
    assert.match(id, /^x-[a-z]+-[a-z]+-[a-z]+$/);
    assert.deepEqual(outputs, { id, keepers: { gen: "1" }, length: 3, prefix: "x", separator: "-" });
  });

  it("what is drawn is unknown in a preview, the rest is not", () => {
    assert.deepEqual(provider.previewCreate?.(createRequest(ID, { byteLength: 6 })), {
      b64Std: UNKNOWN,
      b64Url: UNKNOWN,
      byteLength: 6,
      dec: UNKNOWN,
      hex: UNKNOWN,
      id: UNKNOWN,
    });
  });

  it("a changed keeper replaces; a default written out does not", async () => {
    const inputs = { length: 12, keepers: { gen: "1" } };
    const { outputs } = await create(PASSWORD, inputs);
    const same = await provider.diff(diffRequest(PASSWORD, inputs, outputs, { ...inputs, upper: true, minLower: 0 }));
    assert.deepEqual(same, { changes: "none" });
    const changed = await provider.diff(diffRequest(PASSWORD, inputs, outputs, { ...inputs, keepers: { gen: "2" } }));
    assert.deepEqual(changed, { changes: "some", diffs: ["keepers"], replaces: ["keepers"] });
  });

  it("bad inputs are refused with the value found and what is allowed", async () => {
    const failures = async (type: string, inputs: PropertyMap) =>
      (await provider.check(checkRequest(type, inputs))).failures?.map(
        ({ property, reason }) => `${property} ${reason}`,
      );
    assert.deepEqual(await failures(PASSWORD, { length: "many" }), ['length is "many"; it must be a whole number']);
    assert.deepEqual(await failures(PASSWORD, {}), ["length is missing; give it a whole number"]);
    assert.deepEqual(await failures(PASSWORD, { length: 3, minUpper: 4 }), [
      "length is 3, less than the 4 characters that the minimums ask for",
    ]);
    assert.deepEqual(
      await failures(PASSWORD, { length: 3, upper: false, lower: false, numeric: false, special: false }),
      [" allows no character at all: set one of upper, lower, numeric or special"],
    );
    assert.deepEqual(await failures(ID, { byteLength: UNKNOWN, nonsense: 1 }), []);
  });

  it("a type that the engine does not have is refused by name", async () => {
    await assert.rejects(create("random:index/randomUuid:RandomUuid", {}), /randomUuid.* not supported.*Pulumi's CLI/);
  });
});
