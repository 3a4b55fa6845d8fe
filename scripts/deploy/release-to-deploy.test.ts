import assert from "node:assert/strict";
import { liveRelease } from "../../host/record.fixture";
import { releaseToDeploy } from "./release-to-deploy";

describe("the release that a deploy begins with", () => {
  const { snapshot } = liveRelease("");
  const plain = { version: "1.0.0", images: {}, rotation: 1 };
  const live = { ...plain, snapshot };

  it("OV-10 has the settings that a rollback went back to", () => {
    assert.deepEqual(releaseToDeploy({ live }), live);
    assert.equal(releaseToDeploy(), undefined);
  });

  it("SC-03 has those of projects.yml again after a command that failed", () => {
    assert.deepEqual(releaseToDeploy({ live, fallback: true }), plain);
  });
});
