import { strict as assert } from "node:assert";
import { frames } from "./stream";

function frame(channel: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = channel;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe("stream of a container", () => {
  it("is taken apart into its channels, however it is cut into pieces", async () => {
    const whole = Buffer.concat([frame(1, "one"), frame(2, "oops"), frame(1, ""), frame(1, "two, and a longer one")]);
    for (const size of [1, 3, 8, 9, 1000]) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < whole.length; at += size) pieces.push(whole.subarray(at, at + size));
      const text = { 1: "", 2: "" } as Record<number, string>;
      for await (const { channel, piece } of frames(asStream(pieces))) text[channel] += piece.toString();
      assert.deepEqual(text, { 1: "onetwo, and a longer one", 2: "oops" }, `in pieces of ${size}`);
    }
  });
});

async function* asStream(pieces: Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}
