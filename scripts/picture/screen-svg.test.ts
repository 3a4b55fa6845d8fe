import { strict as assert } from "node:assert";
import { screenSvg } from "./screen-svg";

describe("picture of a terminal", () => {
  it("pieces stand at their columns, with what XML needs escaped", () => {
    const svg = screenSvg(
      [
        [
          { text: " + ", style: { bold: true, dim: false, color: 32 } },
          { text: "a <b>  ", style: { bold: false, dim: true } },
        ],
      ],
      "up & running",
    );
    assert.match(svg, /<title>up &amp; running<\/title>/);
    assert.match(svg, /<text x="26" y="31" textLength="8" xml:space="preserve" fill="#7fc98b" font-weight="bold">\+</);
    assert.match(svg, /<text x="42" y="31" textLength="40" xml:space="preserve" fill="#868c98">a &lt;b&gt;<\/text>/);
  });
});
