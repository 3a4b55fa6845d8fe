import type { Finding } from "../finding";
import type { Log } from "../log";

/** Logs what a verification found; `true` where nothing of it is an error. */
export function reportFindings(log: Log, findings: Finding[]): boolean {
  for (const { severity, check, text } of findings) {
    if (severity === "error") log.error(`${check}: ${text}`);
    else log.warn(`${check}: ${text}`);
  }
  return findings.every(({ severity }) => severity !== "error");
}
