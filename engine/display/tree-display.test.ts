import assert from "node:assert";
import type { RunResult } from "../index";
import { displayOptions, FAILED_UP, FAILED_UP_SUMMARY, pre, stackStep } from "./events.fixture";
import { TreeDisplay } from "./tree-display";

const RESULT = { result: "succeeded" } as RunResult;

describe("tree display", () => {
  it("each frame is one write that begins at the first line of the frame before", () => {
    const writes: string[] = [];
    const screen = { columns: 100, rows: 40 };
    const display = new TreeDisplay(displayOptions({ write: (text) => writes.push(text) }), screen);
    for (const event of FAILED_UP) display.event(event);
    display.say("^C received; cancelling.");
    display.say("second line");
    const [first, second] = writes.slice(1) as [string, string];
    assert.ok(first.startsWith("\u001b[?2026h     Type"));
    assert.ok(second.startsWith("\u001b[?2026h\r\u001b[6A     Type"));
    assert.ok(second.endsWith("second line\u001b[K\n\u001b[J\u001b[?2026l"));
    display.close(RESULT);
    assert.ok(writes.at(-1)?.startsWith("\u001b[?25h\nDiagnostics:\n"));
  });

  it("what stays of an interrupted up: the tree at its end, what was said, and the blocks", () => {
    const options = displayOptions();
    const display = new TreeDisplay(options, { columns: 80, rows: 40 });
    for (const event of FAILED_UP.slice(0, 7)) display.event(event);
    display.say("^C received; cancelling.");
    for (const event of FAILED_UP.slice(7)) display.event(event);
    display.close({ result: "failed", canceled: true } as RunResult);
    const last = options.text().split("\u001b[?2026h").at(-1) ?? "";
    const lines = last
      .split("\u001b")
      .map((part, index) => (index === 0 ? part : part.replace(/^\[\??\d*[A-Za-z]/, "")));
    assert.equal(
      lines.join("").replace("\r", ""),
      `     Type                            Name           Status               Info
 +   pulumi:pulumi:Stack             shop-dev       **creating failed**  1 err…
 +   ├─ slipway:gateway:Gateway      gateway        created (0s)
 +   │  └─ docker:index:Container    gateway-nginx  **creating failed**  1 err…
 +   └─ random:index:RandomPassword  password       created (0s)
^C received; cancelling.

${FAILED_UP_SUMMARY}`,
    );
  });

  it("a window that became narrower is accounted for: its wrapped lines are overwritten, too", () => {
    const writes: string[] = [];
    const screen = { columns: 100, rows: 40 };
    const display = new TreeDisplay(displayOptions({ write: (text) => writes.push(text) }), screen);
    display.event(pre(stackStep("create", undefined, {})));
    display.say("x".repeat(90));
    screen.columns = 45;
    display.say("y");
    assert.ok(writes.at(-1)?.startsWith("\u001b[?2026h\r\u001b[6A"), JSON.stringify(writes.at(-1)));
    display.close(undefined);
    assert.equal(writes.at(-1), "\u001b[?25h");
  });
});
