import { strict as assert } from "node:assert";
import type { Intent } from "../../host/requests";
import { whileIntended } from "./while-intended";

describe("what a command wants of a release", () => {
  const intent = { project: "shop", release: "3f2a91c04e", run: "20300101-120000-9f3a1c", force: true } as Intent;

  /** What the host was told. */
  async function told(action: () => Promise<number>, answers = true): Promise<[string, object][]> {
    const calls: [string, object][] = [];
    const host = async (verb: string, request: object) => {
      calls.push([verb, request]);
      if (!answers) throw new Error("not reached");
    };
    const context = { host } as unknown as Parameters<typeof whileIntended>[0];
    await whileIntended(context, intent, action).catch(() => undefined);
    return calls;
  }
  const forgotten = ["forget-intent", { project: "shop", run: "20300101-120000-9f3a1c" }];

  it("MT-05 SC-03 --force of a command that did not succeed is not for the next one", async () => {
    assert.deepEqual(await told(async () => 0), [["intend", intent]]);
    assert.deepEqual(await told(async () => 2), [["intend", intent], forgotten]);
    assert.deepEqual(await told(() => Promise.reject(new Error("the engine could not begin"))), [
      ["intend", intent],
      forgotten,
    ]);
    assert.deepEqual(await told(async () => 0, false), [["intend", intent], forgotten]);
  });
});
