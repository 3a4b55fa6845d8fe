/**
 * The process of a program: loads the SDK and compiles the program at once, then waits for a `RunRequest` on its
 * standard input, and hands over to the SDK's own `cmd/run`. Arguments: the program's folder and its entry.
 */

import { join } from "node:path";
import { serveBundledModules } from "./bundled-modules";
import { prepareProgram } from "./compiled-program";
import type { RunRequest } from "./program-process";

async function main(directory: string, entry: string): Promise<void> {
  process.chdir(directory);
  const sdk = serveBundledModules(directory);
  const program = await prepareProgram(join(directory, entry));
  if (program) sdk.preload(program.code);
  const text = await standardInput();
  // The engine is gone, or has no use for the program.
  if (text === "") process.exit(0);
  const request = JSON.parse(text) as RunRequest;
  Object.assign(process.env, request.environment, { PULUMI_NODEJS_TYPESCRIPT: "false" });
  // The SDK tells a failed output as the program's end, and may await it after that: Node's word on it is no diagnostic.
  process.on("rejectionHandled", () => undefined);
  process.argv = [process.execPath, __filename, ...request.arguments, "--pwd", directory, program?.entry ?? entry];
  sdk.run();
}

/** Not a synchronous read: on a socket where nothing has arrived yet it fails with EAGAIN. */
async function standardInput(): Promise<string> {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) text += part;
  return text;
}

const [directory = ".", entry = "."] = process.argv.slice(2);
main(directory, entry).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
