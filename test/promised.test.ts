import assert from "node:assert/strict";
import { promisedFindings } from "../host/promised";
import { machineImages } from "./support/machine-images";
import { Sandbox } from "./support/sandbox";

describe("promised variables of containers", function () {
  this.timeout(30_000);

  it("OV-06 each started container is looked into", async () => {
    await using sandbox = await Sandbox.create();
    const { postgres } = (await machineImages()).images;
    const run = async (service: string, env: Record<string, string>) => {
      const { id } = await sandbox.run(postgres, { env, entrypoint: ["bash"], command: ["-c", "read"] });
      return { service, name: service, id };
    };
    const containers = [await run("web", { PUBLIC_URL: "https://a.test" }), await run("mailer", {})];
    assert.deepEqual(await promisedFindings(containers, { PUBLIC_URL: "https://a.test" }), [
      'container mailer: PUBLIC_URL is not set; promised is "https://a.test"',
    ]);
    assert.deepEqual(await promisedFindings(containers, {}), []);
  });
});
