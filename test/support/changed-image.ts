import type Docker from "dockerode";

/** How an image differs from the one that it starts from. */
export interface Changes {
  /** Run in it by a shell, as root. */
  run?: string;
  /** Lines as in a Dockerfile, of what starts no container: `CMD`, `ENV`, `LABEL`. */
  instructions?: string[];
}

const BOTH = { stdout: true, stderr: true } as const;

/**
 * Makes an image from another one of this machine, with the label of a stack; its id. One container and one layer, where
 * a build has one of each for a line and takes ten times as long.
 */
export async function changedImage(
  { docker, name }: { docker: Docker; name: string },
  base: string,
  target: { repo: string; tag: string },
  { run, instructions = [] }: Changes,
): Promise<string> {
  const shell = run === undefined ? {} : { User: "root", Entrypoint: ["sh", "-ec"], Cmd: [run] };
  const container = await docker.createContainer({ Image: base, Labels: { "slipway.stack": name }, ...shell });
  try {
    if (run !== undefined) {
      await container.start();
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      if (StatusCode !== 0) throw new Error(`${run}\nended with ${StatusCode}: ${await container.logs(BOTH)}`);
    }
    const { User, Entrypoint, Cmd } = (await docker.getImage(base).inspect()).Config;
    const changes = instructions.length > 0 ? { changes: instructions.join("\n") } : {};
    const query = { ...target, container: container.id, ...changes };
    // Where it is null Docker would take the shell's.
    const { Id } = await container.commit({ _query: query, _body: { User, Entrypoint: Entrypoint ?? [], Cmd } });
    return Id;
  } finally {
    await container.remove({ force: true, v: true });
  }
}
