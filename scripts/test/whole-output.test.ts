import assert from "node:assert/strict";
import { writeSync } from "node:fs";
import { Writable } from "node:stream";
import { withWholeOutput } from "./whole-output";

describe("the output of what runs side by side", () => {
  let shown = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      shown += chunk;
      done();
    },
  });
  beforeEach(() => {
    shown = "";
  });

  it("is shown in one piece when it has ended", async () => {
    const write = (name: string) =>
      withWholeOutput(
        stream,
        `== ${name}\n`,
        async (to) => {
          writeSync(to, `${name} begins\n`);
          await new Promise((done) => setTimeout(done, 5));
          writeSync(to, `${name} ends\n`);
          return name.length;
        },
        (length) => `${length} letters\n`,
      );
    assert.deepEqual(await Promise.all([write("one"), write("three")]), [3, 5]);
    assert.equal(shown, "== one\none begins\none ends\n3 letters\n== three\nthree begins\nthree ends\n5 letters\n");
  });

  it("is shown, too, where it failed", async () => {
    const failed = withWholeOutput(
      stream,
      "== broken\n",
      async (to) => {
        writeSync(to, "why\n");
        throw new Error("it failed");
      },
      () => "never",
    );
    await assert.rejects(failed, /it failed/);
    assert.equal(shown, "== broken\nwhy\n");
  });
});
