import assert from "node:assert";
import { configEntry, maskedConfig, programConfig } from "./config-values";
import type { ConfigNode } from "./stack-file";

const decrypt = (ciphertext: string) => `<${ciphertext}>`;
const entries = new Map<string, ConfigNode>([
  ["p:plain", "5"],
  ["p:secret", { secure: "v1:a" }],
  ["p:mixed", { z: [{ secure: "v1:b" }, true, 7], open: "o" }],
  ["p:like", { secure: "v1:c", more: 1 }],
]);

describe("configuration values", () => {
  it("PU-09 reach a program as strings, objects as JSON, secrets decrypted and named", () => {
    assert.deepEqual(programConfig(entries, decrypt), {
      values: {
        "p:plain": "5",
        "p:secret": "<v1:a>",
        "p:mixed": '{"open":"o","z":["<v1:b>",true,7]}',
        "p:like": '{"more":1,"secure":"v1:c"}',
      },
      secretKeys: ["p:secret", "p:mixed"],
    });
  });

  it("PU-09 are masked where they are shown", () => {
    assert.equal(maskedConfig(entries)["p:secret"], "[secret]");
    assert.equal(maskedConfig(entries)["p:mixed"], '{"open":"o","z":["[secret]",true,7]}');
  });

  it("an entry has its value and, of an object, the object; a hidden secret has neither", () => {
    const mixed = entries.get("p:mixed") as ConfigNode;
    assert.deepEqual(configEntry("5", undefined), { value: "5", secret: false });
    assert.deepEqual(configEntry(mixed, undefined), { secret: true });
    assert.deepEqual(configEntry(mixed, decrypt), {
      value: '{"open":"o","z":["<v1:b>",true,7]}',
      objectValue: { open: "o", z: ["<v1:b>", true, 7] },
      secret: true,
    });
  });
});
