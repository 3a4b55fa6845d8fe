import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A loopback port that leads to another, over connections that a test can cut as a broken line does. */
export class Relay implements AsyncDisposable {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** Where it leads to; new connections go there. */
    public address: string,
  ) {}

  static async to(address: string, port: number): Promise<Relay> {
    const server = createServer((near) => {
      const far = connect(port, relay.address);
      for (const socket of [near, far]) {
        relay.sockets.add(socket);
        socket.on("error", () => socket.destroy());
        socket.on("close", () => relay.sockets.delete(socket));
      }
      near.on("close", () => far.destroy()).pipe(far);
      far.on("close", () => near.destroy()).pipe(near);
    });
    const relay = new Relay(server, address);
    await new Promise<void>((done, fail) => server.once("error", fail).listen(0, "127.0.0.1", done));
    return relay;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends every connection at once, on both sides; new ones are made as before. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise<void>((done) => this.server.close(() => done()));
  }
}
