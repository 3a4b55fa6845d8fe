import { strict as assert } from "node:assert";
import { type BackupImage, type UsedImage, withUse } from "./image-ledger";
import { superseded } from "./prune-images";

const image = (letter: string) => `registry.test/shop@sha256:${letter.repeat(64)}`;
const used = (letter: string, hour: number, service = "web"): UsedImage => ({
  service,
  reference: image(letter),
  lastUsed: `2030-01-01T${String(hour).padStart(2, "0")}:00:00Z`,
});
const backup = (backupId: string, letter: string): BackupImage => ({
  backupId,
  service: "web",
  reference: image(letter),
  repository: "registry.test/shop",
  digest: `sha256:${letter.repeat(64)}`,
});

describe("which images nothing can go back to", () => {
  const history = [used("a", 1), used("b", 2), used("c", 3), used("d", 4)];
  const references = (ledger: { used: UsedImage[] }) => ledger.used.map(({ reference }) => reference);

  it("OV-11 MT-14 the latest N of each container stay, and all that is needed, however old", () => {
    const left = (keep: number, ...needed: string[]) =>
      references(superseded({ used: history, backups: [] }, keep, new Set(needed.map(image))));
    assert.deepEqual(left(2), [image("a"), image("b")]);
    assert.deepEqual(left(2, "a"), [image("b")]);
    assert.deepEqual(left(5), []);
    const two = [...history, used("e", 0, "api")];
    assert.deepEqual(references(superseded({ used: two, backups: [] }, 1, new Set())), ["a", "b", "c"].map(image));
  });

  it("OV-11 the tags of the latest N backups stay, and the images behind them", () => {
    const backups = [backup("one", "a"), backup("two", "b"), backup("three", "a")];
    const old = superseded({ used: history, backups }, 1, new Set([image("d")]));
    assert.deepEqual(
      old.backups.map(({ backupId }) => backupId),
      ["one", "two"],
    );
    assert.deepEqual(references(old), [image("b"), image("c")]);
  });

  it("OV-11 a backup tag of an image that is needed stays, however old", () => {
    const old = superseded({ used: [], backups: [backup("one", "a"), backup("two", "b")] }, 1, new Set([image("a")]));
    assert.deepEqual(old.backups, []);
  });

  it("an image that is used again is the latest, and is there once", () => {
    const again = withUse(history, { web: image("a") }, new Date("2030-01-02T00:00:00Z"));
    assert.equal(again.length, 4);
    assert.equal(again.at(-1)?.reference, image("a"));
  });
});
