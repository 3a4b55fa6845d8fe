import assert from "node:assert";
import { DecryptionError, deriveKey, keyFits, newSalt, PassphraseCipher, saltOf } from "./passphrase-cipher";

/** A stack file and a state that Pulumi's CLI wrote with the passphrase `x`. */
const RECORDED = {
  salt: "v1:8TlLx1k/x4k=:v1:Wf64zE5EGNX1we/h:Dd3++HFUNu+XVilRCNEDsfxBSIlNRw==",
  config: "v1:NsVQkLP9ZRsxrR7G:bTpAK8qUSfrYB4BZIH7AfcIVppA=",
  state: "v1:1Gouew59PcT3/50L:Pa9u1kjKFO5GsVOc3PlCGCPNP3NEBQ==",
};

describe("passphrase cipher", () => {
  let cipher: PassphraseCipher;
  before(async () => {
    cipher = new PassphraseCipher(await deriveKey("x", saltOf(RECORDED.salt)));
  });

  it("PU-09 reads what Pulumi's CLI encrypted, in a stack file and in a state", () => {
    assert.equal(keyFits(cipher, RECORDED.salt), true);
    assert.equal(cipher.decrypt(RECORDED.config), "hush");
    assert.equal(cipher.decrypt(RECORDED.state), '"hush"');
  });

  it("encrypts with a fresh nonce each time", () => {
    const [first, second] = [cipher.encrypt("é✓"), cipher.encrypt("é✓")];
    assert.notEqual(first, second);
    assert.match(first, /^v1:[A-Za-z0-9+/]{16}:[A-Za-z0-9+/=]+$/);
    assert.equal(cipher.decrypt(first), "é✓");
    assert.equal(cipher.decrypt(cipher.encrypt("")), "");
  });

  it("a changed byte is an error, never another text", () => {
    const [version, nonce, sealed] = RECORDED.config.split(":") as [string, string, string];
    const bytes = Buffer.from(sealed, "base64");
    bytes[0] = (bytes[0] as number) ^ 1;
    assert.throws(() => cipher.decrypt([version, nonce, bytes.toString("base64")].join(":")), DecryptionError);
    assert.throws(() => cipher.decrypt("v2:a:b"), /unknown form/);
  });

  it("a key of another passphrase does not fit", async () => {
    const { saltString } = await newSalt("right");
    assert.equal(keyFits(new PassphraseCipher(await deriveKey("right", saltOf(saltString))), saltString), true);
    assert.equal(keyFits(new PassphraseCipher(await deriveKey("wrong", saltOf(saltString))), saltString), false);
  });
});
