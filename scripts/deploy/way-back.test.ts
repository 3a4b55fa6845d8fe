import assert from "node:assert/strict";
import type { ProjectState } from "../../host/project-state";
import { liveRelease } from "../../host/record.fixture";
import type { ReleaseEntry } from "./release-entry";
import { wayBack } from "./way-back";

describe("how a failed command takes back what it wrote", () => {
  const { snapshot } = liveRelease("");
  const config = (version: string) => ({ version, images: {}, snapshot });
  const named = (release: string) => ({ ...config(release), release });

  /** What becomes of the stack's file, where `live` serves; `after`: what has changed since, where that is known. */
  async function written(
    state: Partial<ProjectState>,
    configured: string | undefined,
    target: string,
    after?: Partial<ProjectState>,
    places?: Record<string, string>,
  ) {
    let outcome: unknown;
    const entry = {
      write: async (releases: unknown) => {
        outcome = releases;
      },
      restore: async () => {
        outcome = "as it was";
      },
    };
    const found: ProjectState = { project: "shop", past: [], live: named("1"), standby: named("0"), ...state };
    const goBack = wayBack(entry as unknown as ReleaseEntry, found, configured, target, places);
    await goBack(after && { ...found, ...after });
    return outcome;
  }
  const serving = { live: config("1"), standby: config("0"), fallback: true };
  const held = (from: string) => ({ from, to: "1", reason: "watch" as const, text: "", at: "" });

  it("SC-03 is the file as it was, where that names what serves, or nothing is known better", async () => {
    assert.equal(await written({}, "1", "2"), "as it was");
    assert.equal(await written({}, undefined, "2"), "as it was");
    assert.equal(await written({}, "2", "1"), "as it was");
  });

  it("PU-06 names what serves where a killed deploy left its own release in the file", async () => {
    assert.deepEqual(await written({}, "2", "2"), serving);
    assert.deepEqual(await written({}, "2", "3"), serving);
  });

  it("SC-03 keeps what stood by, which the host's own way back forgets", async () => {
    assert.deepEqual(await written({}, "edited", "edited", { standby: undefined }), serving);
  });

  it("SC-03 keeps where the images of a container are that came with what failed", async () => {
    const places = { web: "127.0.0.1:5000/shop@sha256:new", mail: "127.0.0.1:5000/mail@sha256:new" };
    const images = { web: "127.0.0.1:5000/shop@sha256:old" };
    const live = { ...named("1"), images };
    assert.deepEqual(await written({ live }, "edited", "edited", undefined, places), {
      ...serving,
      live: { ...serving.live, images: { ...images, mail: places.mail } },
    });
  });

  it("RB-05 leaves a release that traffic was taken from, unless that is the one that failed again", async () => {
    assert.equal(await written({ held: held("2") }, "2", "3"), "as it was");
    assert.equal(await written({ held: held("2") }, "2", "3", {}), "as it was");
    assert.deepEqual(await written({ held: held("2") }, "2", "2"), serving);
  });

  it("RB-05 RB-14 names what serves where traffic is not held away from what the file names any more", async () => {
    const before = { held: held("2") };
    assert.deepEqual(await written(before, "2", "3", { held: undefined }), serving);
    assert.deepEqual(await written(before, "2", "3", { held: held("3") }), serving, "an operator went back meanwhile");
    assert.deepEqual(await written(before, "2", "3", { isSwitching: true }), serving, "the next rollout settles that");
    const kept = { live: named("3"), standby: named("1") };
    assert.deepEqual(await written(before, "2", "3", kept), serving, "the release that failed has its traffic still");
  });

  it("PU-06 names what serves where a killed deploy had its release live, which failed when it was gone on with", async () => {
    const killed = { live: named("3"), standby: named("1") };
    assert.deepEqual(await written(killed, "3", "3", { live: named("1"), standby: undefined }), {
      live: config("1"),
      fallback: true,
    });
  });
});
