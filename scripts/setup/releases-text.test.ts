import assert from "node:assert/strict";
import { releasesText } from "./releases-text";
import type { SetupRecord } from "./setup-record";

describe("the releases of the samples", () => {
  it("are printed as commands that make each the live one", () => {
    const sample = (version: string, container: string) => ({
      project: "calendar",
      version,
      container,
      image: "",
      reference: `calendar-${container}@sha256:${version}`,
    });
    const record: SetupRecord = {
      fingerprint: "",
      registryVolume: "",
      images: { gateway: "", postgres: "", registry: "" },
      samples: [sample("1.0.0", "web"), sample("1.1.0", "web"), sample("1.0.0", "api")],
    };
    assert.equal(
      releasesText(record, 5001),
      `# calendar 1.0.0
./slipway config set --stack local --path slipway:releases.calendar.live.version 1.0.0
./slipway config set --stack local --path slipway:releases.calendar.live.images.web 127.0.0.1:5001/calendar-web@sha256:1.0.0
./slipway config set --stack local --path slipway:releases.calendar.live.images.api 127.0.0.1:5001/calendar-api@sha256:1.0.0

# calendar 1.1.0
./slipway config set --stack local --path slipway:releases.calendar.live.version 1.1.0
./slipway config set --stack local --path slipway:releases.calendar.live.images.web 127.0.0.1:5001/calendar-web@sha256:1.1.0
`,
    );
  });
});
