/** Whether to go on: told so beforehand, or answered on a terminal where one may ask. Without either it is no. */
export async function confirmed(yes: boolean, mayAsk: boolean, question: string): Promise<boolean> {
  if (yes) return true;
  if (!mayAsk || !process.stdin.isTTY || !process.stdout.isTTY) return false;
  const { ask } = await import("../../engine/cli/ask");
  return (await ask(question, ["yes", "no"] as const, () => process.emit("SIGINT", "SIGINT"))) === "yes";
}
