import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../host/file-epoch";
import { layout } from "../../host/layout";
import { observe } from "../../host/observe";
import { freshHost } from "./fresh-host";

describe("a host without the program", () => {
  it("PU-07 is taken for what the program would tell of an empty one, so that a second run finds nothing changed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-fresh-"));
    const request = {
      stack: "staging",
      configSha256: sha256("events {}"),
      projects: {
        shop: { release: "3f2a91c04e", siteSha256: sha256("server {}") },
        worker: { release: "", siteSha256: sha256("") },
      },
    };
    try {
      assert.deepEqual(freshHost(request), await observe(layout(folder), request));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
