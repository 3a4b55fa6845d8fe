import { strict as assert } from "node:assert";
import type { Failure } from "../../host/failure";
import type { ProjectState } from "../../host/project-state";
import { hostFailure, tellFailure } from "./host-failure";

describe("why a deploy or a rollback failed", () => {
  const failure: Failure = {
    ...{ project: "shop", release: "bbbb", step: "rollout", exitCode: 1, message: "not healthy" },
    at: "2026-01-01T00:00:00Z",
  };
  const state = (more: Partial<ProjectState> = {}): ProjectState => ({ project: "shop", past: [], ...more });

  it("SC-03 is what a command of the host wrote down since, of this very release", () => {
    assert.deepEqual(hostFailure("bbbb", state(), state({ failure })), failure);
    assert.equal(hostFailure("bbbb", state(), state()), undefined);
    assert.equal(hostFailure("bbbb", state({ failure }), state({ failure })), undefined);
    assert.equal(hostFailure("bbbb", state(), state({ failure: { ...failure, release: "cccc" } })), undefined);
  });

  it("SC-15 MT-21 is told to the host where the engine alone knows it", async () => {
    const calls: [string, object][] = [];
    const host = async (verb: string, request: object) => {
      calls.push([verb, request]);
    };
    const context = { host } as unknown as Parameters<typeof tellFailure>[0];
    const attempt = { project: "shop", release: "bbbb", version: "1.0.0", reason: "pull refused" };
    await tellFailure(context, { ...attempt, began: performance.now() });
    const [[verb, { seconds, ...told }]] = calls as [[string, { seconds: number }]];
    assert.deepEqual([verb, told, calls.length], ["conclude", attempt, 1]);
    assert.ok(seconds >= 0 && seconds < 60);
  });
});
