import type { DockerHost } from "../docker-host";

/** The last lines that a container printed, each indented; what to show next to an error. */
export async function containerLogTail(host: DockerHost, id: string, lines = 20): Promise<string> {
  try {
    const [output, { Config }] = await host.call("reading its log", async (docker) => {
      const container = docker.getContainer(id);
      return Promise.all([container.logs({ stdout: true, stderr: true, tail: lines }), container.inspect()]);
    });
    const text = Config.Tty ? output.toString() : withoutFrames(output);
    const shown = text.trimEnd().split("\n").slice(-lines);
    return text.trim() === "" ? "  (it printed nothing)" : shown.map((line) => `  | ${line}`).join("\n");
  } catch (error) {
    return `  (${(error as Error).message})`;
  }
}

/** Without a terminal each piece of output comes after 8 bytes: its stream and, at the fifth, its length. */
function withoutFrames(output: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= output.length; ) {
    const end = at + 8 + output.readUInt32BE(at + 4);
    pieces.push(output.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(pieces).toString();
}
