import { strict as assert } from "node:assert";
import { PROJECT_TYPE } from "../../components/project/project-type";
import type { EngineEvent, Operation } from "../../engine/events";
import { touchesNothing } from "./own-changes";

const COMMAND = "command:local:Command";
const urnOf = (type: string, name: string) => `urn:pulumi:staging::slipway::${type}::${name}`;
const shop = urnOf(PROJECT_TYPE, "shop");

describe("what a deploy of a project touches", () => {
  const step = (op: Operation, urn: string, parent: string, type = COMMAND): EngineEvent => {
    const state = { urn, type, parent };
    const [old, wanted] = op === "delete" ? [state, null] : [null, state];
    return { kind: "resourcePre", metadata: { op, urn, type, old, new: wanted }, planning: true } as EngineEvent;
  };
  const component = step("same", shop, "", PROJECT_TYPE);
  const below = urnOf("slipway:release:Release", "shop-aaaa");

  it("SC-03 SC-14 is what its component has below it, however deep: what else waits for an `up` is none of its", () => {
    const others = [
      step("update", urnOf(COMMAND, "gateway-routes"), urnOf("slipway:gateway:Gateway", "gateway")),
      step("create", urnOf(COMMAND, "shop-two-rollout"), urnOf(PROJECT_TYPE, "shop-two")),
    ];
    assert.equal(touchesNothing([component, ...others], "shop"), true);
    assert.equal(touchesNothing([component, step("same", urnOf(COMMAND, "shop-rollout"), shop)], "shop"), true);
    for (const own of [
      [step("update", urnOf(COMMAND, "shop-rollout"), shop)],
      [step("create", below, shop, "slipway:release:Release"), step("create", urnOf(COMMAND, "shop-web"), below)],
      [step("delete", urnOf(COMMAND, "shop-web"), below), step("delete", below, shop, "slipway:release:Release")],
    ]) {
      assert.equal(touchesNothing([component, ...others, ...own], "shop"), false);
    }
  });
});
