import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { hostCommand } from "./host-commands";

describe("host commands", () => {
  it("a plain path stays readable", () => {
    assert.equal(hostCommand("/opt/slipway/host.js", "rollout"), "exec node /opt/slipway/host.js rollout");
  });

  it("a path with spaces and quotes reaches the program as it is", () => {
    const path = "/srv/it's here/$(date)/host.js";
    const line = hostCommand(path, "rollout").replace("exec node", "printf '%s\\n'");
    assert.equal(execFileSync("/bin/sh", ["-c", line], { encoding: "utf8" }), `${path}\nrollout\n`);
  });
});
