import { strict as assert } from "node:assert";
import { defaults } from "./project.fixture";
import { overridden, settingProblem, settingVariables } from "./setting-variables";

describe("variables of the environment that override settings", () => {
  it("RB-13 MONITORING_DURATION and ERROR_THRESHOLD are the watch and the error rate of the deploy", () => {
    const environment = { MONITORING_DURATION: "90", ERROR_THRESHOLD: "0.25" };
    assert.deepEqual(overridden(defaults.deploy, environment), {
      ...defaults.deploy,
      watchSeconds: 90,
      errorRate: 0.25,
    });
    assert.equal(overridden(defaults.deploy, { MONITORING_DURATION: "0", ERROR_THRESHOLD: "" }).watchSeconds, 0);
    assert.deepEqual(overridden(defaults.deploy, {}), defaults.deploy);
  });

  it("RB-13 what is no number in range is told with what it may be", () => {
    for (const [name, text, allowed] of [
      ["MONITORING_DURATION", "10m", "a whole number of seconds from 0 to 86400"],
      ["MONITORING_DURATION", "-1", "a whole number of seconds from 0 to 86400"],
      ["ERROR_THRESHOLD", "10", "a number from 0 to 1"],
      ["ERROR_THRESHOLD", " ", "a number from 0 to 1"],
      ["HEALTH_CHECK_TIMEOUT", "0", "a number of seconds above 0"],
      ["DATABASE_TIMEOUT", "Infinity", "a number of seconds above 0"],
    ] as const) {
      assert.equal(settingProblem(name, { [name]: text }), `is "${text}"; it has to be ${allowed}`);
    }
    assert.throws(() => overridden(defaults.deploy, { ERROR_THRESHOLD: "2" }), /^Error: ERROR_THRESHOLD is "2";/);
  });

  it("RB-13 those that are set are handed to another host as they are", () => {
    assert.deepEqual(settingVariables({ PATH: "/bin", ERROR_THRESHOLD: "0.5", DATABASE_TIMEOUT: "" }), {
      ERROR_THRESHOLD: "0.5",
    });
  });
});
