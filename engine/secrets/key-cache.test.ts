import assert from "node:assert";
import { createHmac } from "node:crypto";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyFor } from "./key-cache";
import { deriveKey, saltOf } from "./passphrase-cipher";

const SALT = "v1:8TlLx1k/x4k=:v1:Wf64zE5EGNX1we/h:Dd3++HFUNu+XVilRCNEDsfxBSIlNRw==";

describe("key cache", () => {
  let folder: string;
  let generatedFile: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-"));
    generatedFile = join(folder, "passphrase");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("keeps the key of a generated passphrase beside it, mode 0600", async () => {
    const key = await keyFor({ text: "x", generatedFile }, SALT);
    assert.deepEqual(key, await deriveKey("x", saltOf(SALT)));
    assert.equal((await stat(`${generatedFile}.keys`)).mode & 0o777, 0o600);
  });

  it("is used only while the passphrase is the same", async () => {
    const planted = Buffer.alloc(32, 7);
    const entry = {
      key: planted.toString("base64"),
      passphrase: createHmac("sha256", planted).update("x").digest("base64"),
    };
    await writeFile(`${generatedFile}.keys`, JSON.stringify({ [SALT]: entry }));
    assert.deepEqual(await keyFor({ text: "x", generatedFile }, SALT), planted);
    assert.deepEqual(await keyFor({ text: "y", generatedFile }, SALT), await deriveKey("y", saltOf(SALT)));
  });

  it("never writes beside a passphrase of the user's own", async () => {
    await keyFor({ text: "x" }, SALT);
    assert.deepEqual(await readdir(folder), []);
  });
});
