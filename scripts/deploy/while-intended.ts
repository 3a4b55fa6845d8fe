import type { Intent } from "../../host/requests";
import type { StackContext } from "./stack-context";

const DONE = 0;
const FAILED = 1;

/** The host goes by what is wanted while a command works for it; what came to nothing is no wish of a later `up`. */
export async function whileIntended(
  context: Pick<StackContext, "host">,
  intent: Intent,
  action: () => Promise<number>,
): Promise<number> {
  const { project, run } = intent;
  let exitCode = FAILED;
  try {
    await context.host("intend", intent);
    exitCode = await action();
    return exitCode;
  } finally {
    // Of a host that is not reached it is nobody's after an hour.
    if (exitCode !== DONE) await context.host("forget-intent", { project, run }).catch(() => undefined);
  }
}
