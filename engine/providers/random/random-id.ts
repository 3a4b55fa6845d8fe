import { randomBytes } from "node:crypto";
import { drawnOnce } from "./drawn-once";

/** Random bytes, shown in four notations; `prefix` is put before each of them, but not before the id. */
export const randomId = drawnOnce({
  attributes: { byteLength: "integer", keepers: "keepers", prefix: "string" },
  required: ["byteLength"],
  attributesOf: (inputs) => ({ ...inputs }),
  drawn: ["b64Std", "b64Url", "dec", "hex"],

  refuse: ({ byteLength }) =>
    Number(byteLength) < 1 ? { property: "byteLength", reason: `is ${byteLength}; it must be at least 1` } : undefined,

  async draw(attributes) {
    const bytes = randomBytes(Number(attributes.byteLength));
    const prefix = typeof attributes.prefix === "string" ? attributes.prefix : "";
    const id = bytes.toString("base64url");
    return {
      id,
      outputs: {
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + id,
        dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
        hex: prefix + bytes.toString("hex"),
      },
    };
  },
});
