import assert from "node:assert";
import type { RunResult } from "../index";
import { secret, UNKNOWN } from "../property-value";
import { DiffDisplay } from "./diff-display";
import { displayOptions, NGINX_URN, PASSWORD_URN, pre, stackStep, state, step, summary } from "./events.fixture";

describe("diff display", () => {
  it("PU-05 every resource that changes, with every property that does", () => {
    const options = displayOptions({ planning: true });
    const display = new DiffDisplay(options);
    const inputs = { image: "a", env: ["X=1", "Y=2"], labels: { keep: "1", drop: "2" }, password: secret("old") };
    const changed = { image: UNKNOWN, env: ["X=1", "Y=3"], labels: { keep: "1" }, password: secret("new") };
    display.event(pre(stackStep("same", {}, {})));
    display.event(
      pre(
        step("update", NGINX_URN, {
          old: state(NGINX_URN, { id: "c1", inputs, protect: true }),
          new: state(NGINX_URN, { id: "c1", inputs: changed, protect: true }),
          provider: "urn::docker::1",
        }),
      ),
    );
    display.event(pre(step("same", PASSWORD_URN)));
    display.event(
      pre(
        step("delete", PASSWORD_URN, {
          old: state(PASSWORD_URN, { id: "none", inputs: { length: 9 }, retainOnDelete: true }),
        }),
      ),
    );
    display.event(summary({ update: 1, delete: 1, same: 1 }));
    display.close({ result: "succeeded" } as RunResult);
    assert.equal(
      options.text(),
      `Previewing update (dev):
  pulumi:pulumi:Stack: (same)
    [urn=urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev]
    ~ docker:index/container:Container: (update) 🔒
        [id=c1]
        [urn=${NGINX_URN}]
        [provider=urn::docker::1]
      ~ env     : [
          ~ [1]: "Y=2" => "Y=3"
        ]
      ~ image   : "a" => [unknown]
      ~ labels  : {
          - drop: "2"
        }
      ~ password: [secret] => [secret]
    - random:index/randomPassword:RandomPassword: (delete[retain])
        [id=none]
        [urn=${PASSWORD_URN}]
        length: 9
Resources:
    ~ 1 to update
    - 1 to delete
    2 changes. 1 unchanged
`,
    );
  });
});
