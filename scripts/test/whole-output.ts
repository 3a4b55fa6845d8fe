import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs an action whose processes write to the given file descriptor, and shows what they wrote when it has ended, so
 * that the outputs of actions side by side do not mix. With what the action answers, `close` writes the last line.
 */
export async function withWholeOutput<T>(
  stream: NodeJS.WritableStream,
  title: string,
  action: (to: number) => Promise<T>,
  close: (result: T) => string,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-output-"));
  const file = join(folder, "output");
  const to = openSync(file, "w");
  let end = "";
  try {
    const result = await action(to);
    end = close(result);
    return result;
  } finally {
    closeSync(to);
    stream.write(`${title}${readFileSync(file, "utf8")}${end}`);
    rmSync(folder, { recursive: true });
  }
}
