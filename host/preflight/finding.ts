import type { Intent } from "../requests";

/** What speaks against a deploy. */
export interface Finding {
  text: string;
  /** What an operator can say to go on nevertheless; nothing for what nobody may pass (MT-05). */
  passedBy?: "--force" | "--skip-backup";
}

/** Parts the findings by what the operator wants: those that end the deploy, and those that it goes on in spite of. */
export function judged(
  findings: Finding[],
  intent: Pick<Intent, "force" | "skipBackup"> | undefined,
): { blocking: Finding[]; passed: Finding[] } {
  const isPassed = ({ passedBy }: Finding) =>
    (passedBy === "--force" && intent?.force === true) || (passedBy === "--skip-backup" && intent?.skipBackup === true);
  return { blocking: findings.filter((it) => !isPassed(it)), passed: findings.filter(isPassed) };
}

/** One line a finding, with what to say to go on in spite of it; `rollback` knows no such options. */
export function findingLines(findings: Finding[], operation: Intent["operation"]): string {
  const ending = ({ passedBy }: Finding) =>
    passedBy && operation === "deploy" ? `${passedBy} goes on nevertheless` : "has to be mended";
  return findings.map((finding) => `  - ${finding.text} (${ending(finding)})`).join("\n");
}
