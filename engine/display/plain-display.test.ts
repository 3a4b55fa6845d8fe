import assert from "node:assert";
import type { RunResult } from "../index";
import { secret, UNKNOWN } from "../property-value";
import {
  displayOptions,
  FAILED_UP,
  FAILED_UP_SUMMARY,
  NGINX_URN,
  outputs,
  pre,
  stackStep,
  state,
  step,
  summary,
} from "./events.fixture";
import { PlainDisplay } from "./plain-display";

const RESULT = { result: "succeeded" } as RunResult;

function shown(events: typeof FAILED_UP, options = displayOptions()): string {
  const display = new PlainDisplay(options);
  for (const event of events) display.event(event);
  display.close(RESULT);
  return options.text();
}

describe("plain display", () => {
  it("a failed up: a line an event, then Diagnostics, Outputs, Resources, Duration", () => {
    assert.equal(
      shown(FAILED_UP),
      `Updating (dev):

 +  pulumi:pulumi:Stack shop-dev creating (0s) 
 +  slipway:gateway:Gateway gateway creating (0s) 
 +  random:index:RandomPassword password creating (0s) 
 +  random:index:RandomPassword password created (0s) 
 +  docker:index:Container gateway-nginx creating (0s) 
 +  docker:index:Container gateway-nginx creating (0s) pulling nginx:1.28
 +  docker:index:Container gateway-nginx creating (0s) error: port 8080 is taken
 +  docker:index:Container gateway-nginx **creating failed** error: port 8080 is taken
 +  pulumi:pulumi:Stack shop-dev creating (0s) error: update failed
 +  pulumi:pulumi:Stack shop-dev **creating failed** 1 error
${FAILED_UP_SUMMARY}`,
    );
  });

  it("an interrupted up: what was said stands where it was said, and no line is drawn again", () => {
    const options = displayOptions();
    const display = new PlainDisplay(options);
    for (const event of FAILED_UP.slice(0, 7)) display.event(event);
    display.say("^C received; cancelling.");
    display.close({ result: "failed", canceled: true } as RunResult);
    assert.ok(
      options.text().startsWith(`Updating (dev):

 +  pulumi:pulumi:Stack shop-dev creating (0s) 
 +  slipway:gateway:Gateway gateway creating (0s) 
 +  random:index:RandomPassword password creating (0s) 
 +  random:index:RandomPassword password created (0s) 
 +  docker:index:Container gateway-nginx creating (0s) 
^C received; cancelling.
`),
    );
    assert.doesNotMatch(options.text(), /\r/);
    assert.ok(!options.text().includes("\u001b"));
  });

  it("PU-07 an up without changes says so, and shows all outputs", () => {
    const same = stackStep("same", { url: "a" }, { url: "a" });
    assert.equal(
      shown([
        { kind: "prelude", config: {} },
        pre(same),
        outputs(step("same", NGINX_URN)),
        outputs(same),
        summary({ same: 2 }, 0.4),
      ]),
      `Updating (dev):

    pulumi:pulumi:Stack shop-dev  
Outputs:
    url: "a"

Resources:
    2 unchanged

Duration: 1s

`,
    );
  });

  it("PU-05 a preview shows what changes of the outputs, not what merely becomes unknown", () => {
    const change = stackStep(
      "same",
      { version: "1", id: "x", list: ["a", "b"] },
      { version: "2", id: UNKNOWN, list: ["a", "c"] },
    );
    const update = step("update", NGINX_URN, {
      old: state(NGINX_URN, { inputs: { image: "a", gone: 1, same: 2, __internal: 1 } }),
      new: state(NGINX_URN, { inputs: { image: secret("b"), fresh: 1, same: 2 } }),
    });
    assert.equal(
      shown(
        [
          { kind: "prelude", config: {} },
          pre(update),
          outputs(update),
          pre(change),
          outputs(change),
          summary({ update: 1, same: 1, replace: 2 }),
        ],
        displayOptions({ planning: true }),
      ),
      `Previewing update (dev):

 ~  docker:index:Container gateway-nginx update [diff: +fresh-gone~image]
    pulumi:pulumi:Stack shop-dev  
Outputs:
  ~ list   : [
        [0]: "a"
      ~ [1]: "b" => "c"
    ]
  ~ version: "1" => "2"

Resources:
    ~ 1 to update
    +-2 to replace
    3 changes. 1 unchanged

`,
    );
  });

  it("a replacement keeps its reason through all three steps", () => {
    const diff = {
      detailedDiff: { "envs[0]": { diffKind: "update-replace" as const, inputDiff: false } },
      diffs: ["envs"],
    };
    const half = { ...diff, old: state(NGINX_URN), new: state(NGINX_URN) };
    const steps = [
      step("create-replacement", NGINX_URN, half),
      step("replace", NGINX_URN, half),
      step("delete-replaced", NGINX_URN, { new: null }),
    ];
    const text = shown(steps.flatMap((metadata) => [pre(metadata), outputs(metadata)]));
    assert.deepEqual(text.split("\n").slice(0, 6), [
      " ++ docker:index:Container gateway-nginx creating replacement (0s) [diff: ~envs]",
      " ++ docker:index:Container gateway-nginx created replacement (0s) [diff: ~envs]",
      " +- docker:index:Container gateway-nginx replacing (0s) [diff: ~envs]",
      " +- docker:index:Container gateway-nginx replaced (0s) [diff: ~envs]",
      " -- docker:index:Container gateway-nginx deleting original (0s) [diff: ~envs]",
      " -- docker:index:Container gateway-nginx deleted original (0s) [diff: ~envs]",
    ]);
  });

  it("PU-09 a secret is masked, wherever it stands, unless it is asked for", () => {
    const events = [outputs(stackStep("create", undefined, { deep: { list: [secret({ a: "hush" })] } }))];
    assert.ok(!shown(events).includes("hush"));
    assert.match(shown(events, displayOptions({ showSecrets: true })), /a: "hush"/);
  });

  it("an error before the first event prints no blocks", () => {
    const options = displayOptions();
    new PlainDisplay(options).close(undefined);
    assert.equal(options.text(), "");
  });
});
