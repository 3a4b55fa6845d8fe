import { strict as assert } from "node:assert";
import type { ServiceHealth } from "../health/service-health";
import { nagiosAnswer, nagiosUnknown } from "./nagios";

const healthy: ServiceHealth = { status: "healthy", response_time_ms: 12 };
const degraded: ServiceHealth = { status: "degraded", response_time_ms: 5100, reason: "slower than 5000 ms" };
const unhealthy: ServiceHealth = { status: "unhealthy", response_time_ms: null, reason: "a | b\nmore" };

const answer = (services: Record<string, ServiceHealth>) =>
  nagiosAnswer({ schemaVersion: 1, timestamp: "", overall_status: "healthy", services });

describe("health-check --nagios", () => {
  it("is one line of a state, what is wrong, and measures; the exit code is the state's", () => {
    assert.deepEqual(answer({ nginx: { ...healthy, response_time_ms: null }, "shop/web": healthy }), {
      text: "SLIPWAY OK - 2 healthy | healthy=2;;;0;2 degraded=0;0;;0;2 unhealthy=0;;0;0;2 'shop/web'=12ms;;;0\n",
      exitCode: 0,
    });
    assert.deepEqual(answer({ postgres: degraded, "shop/web": healthy }), {
      text:
        "SLIPWAY WARNING - postgres is degraded (slower than 5000 ms) | healthy=1;;;0;2 degraded=1;0;;0;2 " +
        "unhealthy=0;;0;0;2 'postgres'=5100ms;;;0 'shop/web'=12ms;;;0\n",
      exitCode: 1,
    });
  });

  it("one unhealthy service is critical, whatever else is; a | or a second line of its reason ends nothing", () => {
    const { text, exitCode } = answer({ postgres: degraded, "shop/web": unhealthy });
    assert.equal(exitCode, 2);
    assert.match(text, /^SLIPWAY CRITICAL - shop\/web is unhealthy \(a \/ b\), postgres is degraded .* \| healthy=0/);
    assert.equal(text.split("\n").length, 2);
  });

  it("is unknown where nothing could be asked", () => {
    assert.deepEqual(nagiosUnknown("nothing was deployed to this host yet\nhint: up"), {
      text: "SLIPWAY UNKNOWN - nothing was deployed to this host yet\n",
      exitCode: 3,
    });
  });
});
