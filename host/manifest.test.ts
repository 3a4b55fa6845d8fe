import { strict as assert } from "node:assert";
import { deployed, isSuccess, type Manifest, notDeployed, type PastDeployment } from "./manifest";
import { liveRelease } from "./record.fixture";

const NOTHING: Manifest = { project: "shop", environment: "local", current_deployment: null, deployment_history: [] };

function deployment(release: string) {
  const { version, images, snapshot } = liveRelease(release);
  return {
    ...{ version, release, deployed_at: "2026-01-02T03:04:05Z", deployed_by: "ann" },
    ...{ git_sha: "", backup: "", images, config: { version, images, snapshot } },
  };
}

function failed(release: string): PastDeployment {
  return { ...deployment(release), result: "failed", reason: "not healthy" };
}

function history({ deployment_history }: Manifest): string[] {
  return deployment_history.map(({ release, result }) => `${release} ${result}`);
}

describe("the manifest", () => {
  const before = deployed(deployed(NOTHING, deployment("aaaa")), deployment("bbbb"));

  it("MT-15 has a deployment once that is written down again", () => {
    assert.deepEqual(history(deployed(before, deployment("bbbb"), "rollback")), ["bbbb success", "aaaa success"]);
  });

  it("MT-15 forgets the success of a release that was taken back, and names the one before again", () => {
    const after = notDeployed(before, { ...failed("bbbb"), result: "rolled back" }, "aaaa");
    assert.deepEqual(history(after), ["bbbb rolled back", "aaaa success"]);
    assert.equal(after.current_deployment?.release, "aaaa");
  });

  it("MT-15 OV-11 keeps that of one that still serves, whatever a later look at it found", () => {
    const after = notDeployed(before, failed("bbbb"), "bbbb");
    assert.deepEqual(history(after), ["bbbb failed", "bbbb success", "aaaa success"]);
    assert.equal(after.current_deployment?.release, "bbbb");
    const next = deployed(after, deployment("cccc"));
    assert.ok(next.deployment_history.some((past) => past.release === "bbbb" && isSuccess(past)));
  });
});
