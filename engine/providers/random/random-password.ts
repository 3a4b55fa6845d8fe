import type { PropertyMap, PropertyValue } from "../../property-value";
import { Slots } from "../../slots";
import { drawnOnce } from "./drawn-once";
import { type CharacterClass, randomText } from "./random-text";

const DEFAULT_SPECIAL = "!@#$%&*()-_=+[]{}<>:?";
/** As Pulumi's plugin hashes; 50 to 70 ms of one core. */
const BCRYPT_COST = 10;
/** The label that Pulumi's plugin gives its hashes. */
const BCRYPT_MINOR = "a";
/** bcrypt reads no further. */
const BCRYPT_BYTES = 72;
/** Of the four threads that file access uses too, one stays free for it. */
const hashing = new Slots(3);
/** Of the plugin's record of a password; with it, Pulumi's own plugin reads this engine's state without converting it. */
const META = '{"schema_version":"3"}';

/** A password and its bcrypt hash. Both outputs are secret: the SDK lists them as additional secret outputs. */
export const randomPassword = drawnOnce({
  attributes: {
    keepers: "keepers",
    length: "integer",
    lower: "boolean",
    minLower: "integer",
    minNumeric: "integer",
    minSpecial: "integer",
    minUpper: "integer",
    number: "boolean",
    numeric: "boolean",
    overrideSpecial: "string",
    special: "boolean",
    upper: "boolean",
  },
  required: ["length"],

  attributesOf(inputs) {
    const numeric = inputs.numeric ?? inputs.number ?? true;
    return {
      ...{ lower: true, special: true, upper: true, minLower: 0, minNumeric: 0, minSpecial: 0, minUpper: 0 },
      ...inputs,
      number: numeric,
      numeric,
    };
  },

  drawn: ["bcryptHash", "result"],

  refuse(attributes) {
    const length = Number(attributes.length);
    const least = classesOf(attributes).reduce((sum, { atLeast }) => sum + atLeast, 0);
    if (length < 1) return { property: "length", reason: `is ${length}; it must be at least 1` };
    if (least > length) {
      return {
        property: "length",
        reason: `is ${length}, less than the ${least} characters that the minimums ask for`,
      };
    }
    if (!classesOf(attributes).some(({ allowed }) => allowed)) {
      return { property: "", reason: "allows no character at all: set one of upper, lower, numeric or special" };
    }
    return undefined;
  },

  async draw(attributes) {
    const result = randomText(Number(attributes.length), classesOf(attributes));
    return { id: "none", outputs: { __meta: META, bcryptHash: await bcryptHash(result), result } };
  },
});

/** In a thread of its own, as soon as one is free. */
export async function bcryptHash(password: string): Promise<string> {
  const { genSaltSync, hash } = await import("bcrypt");
  const salt = genSaltSync(BCRYPT_COST, BCRYPT_MINOR);
  return hashing.run(() => hash(Buffer.from(password).subarray(0, BCRYPT_BYTES), salt));
}

function classesOf(attributes: PropertyMap): CharacterClass[] {
  const override = attributes.overrideSpecial;
  const special = typeof override === "string" && override !== "" ? override : DEFAULT_SPECIAL;
  return [
    characterClass("ABCDEFGHIJKLMNOPQRSTUVWXYZ", attributes.upper, attributes.minUpper),
    characterClass("abcdefghijklmnopqrstuvwxyz", attributes.lower, attributes.minLower),
    characterClass("0123456789", attributes.numeric, attributes.minNumeric),
    characterClass(special, attributes.special, attributes.minSpecial),
  ];
}

function characterClass(
  characters: string,
  allowed: PropertyValue | undefined,
  atLeast: PropertyValue | undefined,
): CharacterClass {
  return { characters: [...characters], allowed: allowed === true, atLeast: Number(atLeast) };
}
