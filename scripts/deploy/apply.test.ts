import { strict as assert } from "node:assert";
import { apply } from "./apply";
import { ownChanges } from "./own-changes";
import type { StackContext } from "./stack-context";

describe("the engine's run of a deploy", () => {
  it("SC-03 does not begin after a Ctrl-C that came before it", async () => {
    let opened = false;
    const context = {
      model: { config: { host: { address: "192.0.2.1" } } },
      get engine() {
        opened = true;
        return {};
      },
      whenUnlocked: (_seconds: number, action: () => Promise<unknown>) => action(),
    } as unknown as StackContext;
    const options = { waitSeconds: 0, only: ownChanges("shop"), stop: AbortSignal.abort() };
    await assert.rejects(apply(context, options), { name: "ContractError", message: "interrupted before it began" });
    assert.equal(opened, false);
  });
});
