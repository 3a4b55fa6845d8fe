import assert from "node:assert";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureLocalPassphrase, findPassphrase, localPassphraseFile } from "./passphrase";

describe("passphrase", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  it("comes from PULUMI_CONFIG_PASSPHRASE, which may be empty, before the file", async () => {
    const environment = { PULUMI_CONFIG_PASSPHRASE: "", PULUMI_CONFIG_PASSPHRASE_FILE: "/nowhere" };
    assert.deepEqual(await findPassphrase(environment, { root, isLocal: false }), { text: "" });
  });

  it("comes from PULUMI_CONFIG_PASSPHRASE_FILE, trimmed", async () => {
    const file = join(root, "pass");
    await writeFile(file, "  secret words \n");
    assert.deepEqual(await findPassphrase({ PULUMI_CONFIG_PASSPHRASE_FILE: file }, { root, isLocal: false }), {
      text: "secret words",
    });
    await assert.rejects(
      findPassphrase({ PULUMI_CONFIG_PASSPHRASE_FILE: `${file}2` }, { root, isLocal: false }),
      /cannot read .*ENOENT/,
    );
  });

  it("none is an error that names both variables", async () => {
    await assert.rejects(
      findPassphrase({}, { root, isLocal: false }),
      /PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE/,
    );
  });

  it("PU-09 of stack local is generated once, mode 0600, also by two processes at once", async () => {
    const made = await Promise.all([
      ensureLocalPassphrase(root),
      ensureLocalPassphrase(root),
      ensureLocalPassphrase(root),
    ]);
    assert.equal(new Set(made).size, 1);
    assert.match(made[0] as string, /^[\w-]{43}$/);
    assert.equal((await stat(localPassphraseFile(root))).mode & 0o777, 0o600);
    assert.equal((await findPassphrase({}, { root, isLocal: true })).text, made[0]);
    const named = { PULUMI_CONFIG_PASSPHRASE_FILE: localPassphraseFile(root) };
    const { generatedFile } = await findPassphrase(named, { root, isLocal: false });
    assert.equal(generatedFile, localPassphraseFile(root));
  });
});
