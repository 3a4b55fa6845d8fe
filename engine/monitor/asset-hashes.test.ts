import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { ARCHIVE_SIGNATURE, ASSET_SIGNATURE, type PropertyValue, SIGNATURE_KEY } from "../property-value";
import { withAssetHashes } from "./asset-hashes";

const asset = (rest: { [key: string]: PropertyValue }) => ({ [SIGNATURE_KEY]: ASSET_SIGNATURE, ...rest });
const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");

describe("the hash of an asset", () => {
  it("is that of its text or of its file, at any depth, and the SDK's marks go", () => {
    const name = basename(__filename);
    const values = { text: asset({ text: "hi", __pulumiAsset: true }), deep: [{ file: asset({ path: name }) }] };
    assert.deepEqual(withAssetHashes(values, __dirname), {
      text: asset({ text: "hi", hash: sha256("hi") }),
      deep: [{ file: asset({ path: name, hash: sha256(readFileSync(__filename)) }) }],
    });
  });

  it("stays where there is one", () => {
    const given = asset({ path: "nowhere", hash: "abc" });
    assert.deepEqual(withAssetHashes(given, __dirname), given);
  });

  it("of a folder or of an address is refused by name", () => {
    const folder = { [SIGNATURE_KEY]: ARCHIVE_SIGNATURE, path: "." };
    assert.throws(() => withAssetHashes(folder, __dirname), /an archive of a folder .* is not supported.*official/);
    assert.throws(() => withAssetHashes(asset({ uri: "https://x" }), __dirname), /an asset from the network/);
  });
});
