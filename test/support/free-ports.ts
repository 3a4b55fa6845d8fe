import { createServer, type Server } from "node:net";

/** A listener on a loopback port that the kernel chose. */
export async function occupiedPort(): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((done, fail) => server.once("error", fail).listen(0, "127.0.0.1", done));
  return { port: (server.address() as { port: number }).port, server };
}

/** Loopback ports that nobody listened on a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const taken = await Promise.all(Array.from({ length: count }, occupiedPort));
  await Promise.all(taken.map(({ server }) => new Promise((done) => server.close(done))));
  return taken.map(({ port }) => port);
}
