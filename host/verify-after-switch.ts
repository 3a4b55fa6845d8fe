import type { Layout } from "./layout";
import type { Log } from "./log";
import { verifyRelease } from "./verify-release";

/** Looks at a release that has just got the traffic from all sides (RB-05). Throws with all that is wrong. */
export async function verifyAfterSwitch(layout: Layout, log: Log, project: string): Promise<void> {
  const findings = await verifyRelease(layout, project);
  const wrong = findings.filter(({ severity }) => severity === "error");
  for (const { check, text } of findings.filter(({ severity }) => severity === "warning")) {
    log.warn(`${project}: ${check}: ${text}`);
  }
  if (wrong.length > 0) {
    throw new Error(`verification failed: ${wrong.map(({ check, text }) => `${check}: ${text}`).join("; ")}`);
  }
}
