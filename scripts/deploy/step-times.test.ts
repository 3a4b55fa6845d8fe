import { strict as assert } from "node:assert";
import type { EngineEvent } from "../../engine/events";
import { StepTimes } from "./step-times";

describe("the steps of a deploy", () => {
  const done = (type: string, name: string): EngineEvent => {
    const urn = `urn:pulumi:local::slipway::${type}::${name}`;
    return { kind: "resOutputs", metadata: { op: "create", type, urn } } as unknown as EngineEvent;
  };

  it("SC-03 begin with their commands: components of the same names are there before anything happens", () => {
    const times = new StepTimes();
    for (const name of ["backup:PreDeployBackup::shop-backup", "rollout:Rollout::shop-rollout"]) {
      const [type, resource] = name.split("::") as [string, string];
      times.event(done(`slipway:${type}`, resource));
    }
    assert.deepEqual([times.hasStarted, times.isRolledOut], [false, false]);
    times.event(done("command:local:Command", "shop-rollout"));
    assert.deepEqual([times.hasStarted, times.isRolledOut], [true, true]);
  });
});
