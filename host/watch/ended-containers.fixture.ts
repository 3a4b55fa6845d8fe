import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withDockerAt } from "../docker-at.fixture";

/**
 * A Docker engine of which nothing is known but that every container has ended. `onStart`: when one is to be started,
 * with its id; none can be.
 */
export async function withEndedContainers<T>(
  action: () => Promise<T>,
  onStart: (id: string) => Promise<void> = async () => undefined,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-docker-"));
  const ended = { State: { Running: false, ExitCode: 137 }, RestartCount: 0, NetworkSettings: { Networks: {} } };
  const server = createServer(async ({ url = "" }, response) => {
    const started = /\/containers\/([^/]+)\/start$/.exec(url)?.[1];
    if (started !== undefined) {
      await onStart(started);
      response.statusCode = 500;
    }
    response.end(JSON.stringify(ended));
  });
  const path = join(folder, "docker.sock");
  await new Promise<void>((done) => server.listen(path, done));
  try {
    return await withDockerAt(action, path);
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  }
}
