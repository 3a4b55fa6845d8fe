/** Whether to go on: told so beforehand, or answered on a terminal. Without either it is no. */
export async function confirmed(yes: boolean, question: string): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const { ask } = await import("../../engine/cli/ask");
  return (await ask(question, ["yes", "no"] as const)) === "yes";
}
