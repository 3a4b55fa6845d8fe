import assert from "node:assert";
import { palette } from "../../terminal/palette";
import { FAILED_UP, GATEWAY_URN, outputs, PASSWORD_URN, pre, STACK_URN, step } from "./events.fixture";
import { Progress } from "./progress";
import { treeLines } from "./tree-lines";

/** The tree three seconds after the first events, before the failure is known to the stack. */
function tree(width: number, height = 24, events = FAILED_UP.slice(0, 10)): string {
  const progress = new Progress(STACK_URN, false);
  for (const event of events) progress.apply(event, 1000);
  return `${treeLines(progress, { width, height, now: 4000, palette: palette(false) }).join("\n")}\n`;
}

describe("tree of a running deployment", () => {
  it("at 100 columns: children under their parents, elapsed time, the last message", () => {
    assert.equal(
      tree(100),
      `     Type                            Name           Status               Info
 +   pulumi:pulumi:Stack             shop-dev       creating (3s)
 +   ├─ slipway:gateway:Gateway      gateway        creating (3s)
 +   │  └─ docker:index:Container    gateway-nginx  **creating failed**  error: port 8080 is taken
 +   └─ random:index:RandomPassword  password       created (0s)
`,
    );
  });

  it("at 80 columns: the message is cut, no line reaches the edge", () => {
    const text = tree(80);
    assert.ok(text.split("\n").every((line) => [...line].length < 80));
    assert.equal(
      text,
      `     Type                            Name           Status               Info
 +   pulumi:pulumi:Stack             shop-dev       creating (3s)
 +   ├─ slipway:gateway:Gateway      gateway        creating (3s)
 +   │  └─ docker:index:Container    gateway-nginx  **creating failed**  error…
 +   └─ random:index:RandomPassword  password       created (0s)
`,
    );
  });

  it("at 200 columns: as at 100, nothing is stretched", () => {
    assert.equal(tree(200), tree(100));
  });

  it("at 60 columns: types are cut first, so that the status can be read", () => {
    assert.equal(
      tree(60),
      `     Type                Name           Status
 +   pulumi:pulumi:Sta…  shop-dev       creating (3s)
 +   ├─ slipway:gatewa…  gateway        creating (3s)
 +   │  └─ docker:inde…  gateway-nginx  **creating failed**
 +   └─ random:index:R…  password       created (0s)
`,
    );
  });

  it("more rows than lines: what is at work or failed, and how many more there are", () => {
    const more = Array.from({ length: 30 }, (_, index) => pre(step("create", `${PASSWORD_URN}-${index}`)));
    const lines = tree(100, 10, [...FAILED_UP.slice(0, 10), ...more])
      .trimEnd()
      .split("\n");
    assert.equal(lines.length, 9);
    assert.match(lines[1] as string, /pulumi:pulumi:Stack/);
    assert.match(lines.at(-1) as string, /^ {5}… \d+ more$/);
  });

  it("a replacement is one: in a preview, and when it is over", () => {
    const progress = new Progress(STACK_URN, false);
    const line = () => treeLines(progress, { width: 80, height: 24, now: 0, palette: palette(false) })[2];
    for (const op of ["create-replacement", "replace", "delete-replaced"] as const) {
      progress.apply(pre(step(op, PASSWORD_URN)), 0);
      progress.apply(outputs(step(op, PASSWORD_URN)), 0);
    }
    assert.equal(line(), " --  └─ random:index:RandomPassword  password  deleted original (0s)");
    progress.over = true;
    assert.equal(line(), " +-  └─ random:index:RandomPassword  password  replaced (0s)");
  });

  it("what does not change is not shown, but its parents are", () => {
    const progress = new Progress(STACK_URN, false);
    progress.apply(pre(step("same", GATEWAY_URN)), 0);
    progress.apply(pre(step("same", PASSWORD_URN)), 0);
    assert.equal(treeLines(progress, { width: 80, height: 24, now: 0, palette: palette(false) }).length, 2);
    for (const event of FAILED_UP.slice(6, 7)) progress.apply(event, 0);
    const text = treeLines(progress, { width: 80, height: 24, now: 0, palette: palette(false) }).join("\n");
    assert.match(text, /└─ slipway:gateway:Gateway/);
    assert.match(text, / {3}└─ docker:index:Container/);
    assert.ok(!text.includes("RandomPassword"));
  });
});
