/** Something that is not as it has to be after a deploy, a rollback or a restore. */
export interface Finding {
  /** What was looked at, e.g. `health shop/web`. */
  check: string;
  /** A warning does not count against the release. */
  severity: "error" | "warning";
  text: string;
}
