import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inputsFingerprint, inputsHash } from "./recipe-inputs";
import type { BuildRecipe, DebianRecipe } from "./recipes";

const debian: DebianRecipe = { kind: "debian", name: "debian", suite: "trixie", include: [], hubImage: "debian" };
const recipe: BuildRecipe = { kind: "build", name: "app", folder: "app", from: { argument: "BASE", recipe: debian } };

describe("the inputs of an image", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-inputs-"));
    mkdirSync(join(root, "app/sub"), { recursive: true });
    writeFileSync(join(root, "app/Dockerfile"), "FROM x\n");
    writeFileSync(join(root, "app/sub/run"), "echo\n");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Whether an edit makes another image. */
  function changes(edit: () => void): boolean {
    const before = inputsHash(root, recipe);
    edit();
    return inputsHash(root, recipe) !== before;
  }

  it("are the content, names and executable bits of the files", () => {
    assert.ok(changes(() => writeFileSync(join(root, "app/sub/run"), "date\n")));
    assert.ok(changes(() => chmodSync(join(root, "app/sub/run"), 0o755)));
    assert.ok(changes(() => writeFileSync(join(root, "app/more"), "")));
    assert.ok(!changes(() => utimesSync(join(root, "app/Dockerfile"), 1, 1)));
  });

  it("are the version and what the image starts from", () => {
    const hash = inputsHash(root, recipe);
    const other: BuildRecipe = { ...recipe, from: { argument: "BASE", recipe: { ...debian, suite: "forky" } } };
    assert.notEqual(inputsHash(root, other), hash);
    assert.notEqual(inputsHash(root, { ...recipe, version: "1.1.0" }), hash);
  });

  it("are noticed by size and time alone, without reading a file", () => {
    const before = inputsFingerprint(root, ["app"], [recipe]);
    assert.equal(inputsFingerprint(root, ["app"], [recipe]), before);
    assert.notEqual(inputsFingerprint(root, ["app"], [{ ...recipe, version: "1.1.0" }]), before);
    utimesSync(join(root, "app/sub/run"), 1, 1);
    assert.notEqual(inputsFingerprint(root, ["app"], [recipe]), before);
  });
});
