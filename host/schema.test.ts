import { strict as assert } from "node:assert";
import { broughtTo, isBefore, suits, takenBackTo } from "./schema";

describe("the schema of a project's database", () => {
  const first = broughtTo(undefined, "image:1", "a1", false);
  const third = broughtTo(broughtTo(first, "image:2", "b2", false), "image:3", "c3", true);

  it("MT-08 remembers to which revision each image brought it, and in which order", () => {
    assert.deepEqual(third, {
      revision: "c3",
      heads: { "image:1": "a1", "image:2": "b2", "image:3": "c3" },
      path: ["a1", "b2", "c3"],
      compatible: ["c3"],
    });
    const { path, compatible } = broughtTo(third, "image:3b", "c3", false);
    assert.deepEqual({ path, compatible }, { path: ["a1", "b2", "c3"], compatible: ["c3"] });
  });

  it("MT-08 OV-09 after a way back, what brought it further is no older release: it has to be migrated again", () => {
    const back = takenBackTo(third, "b2");
    assert.deepEqual(back, { ...third, revision: "b2", path: ["a1", "b2"], compatible: [] });
    assert.equal(isBefore(back, "c3", "b2"), false);
    assert.equal(isBefore(back, "a1", "b2"), true);
    assert.deepEqual(broughtTo(back, "image:4", "d4", false).path, ["a1", "b2", "d4"]);
    assert.deepEqual(takenBackTo(third, "elsewhere").path, ["elsewhere"]);
  });

  it("OV-09 knows which of two revisions is the older one, and does not guess", () => {
    assert.equal(isBefore(third, "a1", "c3"), true);
    assert.equal(isBefore(third, "", "a1"), true);
    assert.equal(isBefore(third, "c3", "b2"), false);
    assert.equal(isBefore(third, "b2", "b2"), false);
    assert.equal(isBefore(third, "elsewhere", "b2"), false);
    assert.equal(isBefore(third, "a1", "elsewhere"), false);
  });

  it("OV-09 RB-12 takes a release for one that works with it only where every step since its own suits the one before", () => {
    assert.equal(suits(third, "b2"), true);
    assert.equal(suits(third, "a1"), false, "b2 does not suit it");
    assert.equal(suits(third, "c3"), false, "it is at that revision");
    assert.equal(suits(third, "elsewhere"), false);
    const { compatible: _, ...old } = third;
    assert.equal(suits(old, "b2"), false, "nothing is known");
    assert.equal(suits(broughtTo(undefined, "image:1", "a1", true), ""), true);
  });

  it("takes a record without an order by the images that it names", () => {
    const { path: _, ...old } = third;
    assert.equal(isBefore(old, "a1", "c3"), true);
    assert.equal(isBefore({ ...old, revision: "a1" }, "c3", "a1"), false);
  });

  it("MT-08 counts nothing as done of a project that does not tell its revision, once data came back", () => {
    assert.deepEqual(takenBackTo(broughtTo(undefined, "image:1", "", false), "").heads, {});
  });
});
