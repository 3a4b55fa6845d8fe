import { request } from "node:http";
import type { Socket } from "node:net";
import { Ledger } from "../../test/support/ledger/ledger";
import { startLoad } from "../launch/redeploy-under-load";
import { type Measure, measured } from "../runner/measure";

const PER_SECOND = 200;
/** Slow requests, of 2 s each, that are always open; and WebSockets. */
const SLOW = 5;
const SOCKETS = 10;
const DRAIN_SECONDS = 30;
const SHOWN_FAILURES = 10;

/**
 * Deploys and rollbacks of a service with a database while clients on kept connections ask 200 times a second, others
 * wait for answers that take 2 s, and WebSockets are open. A WebSocket that is closed after the drain time counts as
 * drained.
 */
export async function underLoad(runs: number, say: (line: string) => void): Promise<Measure[]> {
  const deploy = { watchSeconds: 0, drainSeconds: DRAIN_SECONDS };
  await using ledger = await Ledger.create({ config: { deploy: { "*": deploy } } });
  const { stack, host } = ledger;
  for (let run = 0; run < 2; run++) await ledger.build(`2.0.${run}`);
  const load = startLoad({ target: { ...stack.gateway, host }, perSecond: PER_SECOND });
  const slow = new SlowRequests(stack.gatewayPort, host);
  const sockets = new WebSockets(stack.gatewayPort, host);
  try {
    for (let run = 0; run < runs; run++) {
      await stack.succeed("deploy", "ledger", `2.0.${run % 2}`);
      await stack.succeed("rollback", "ledger", "--yes", "--database", "keep");
      say(`deploy and rollback ${run + 1} of ${runs} under ${PER_SECOND} requests/s`);
    }
    const result = await load.stop();
    await slow.stop();
    sockets.stop();
    for (const { atMs, what } of result.failures.slice(0, SHOWN_FAILURES))
      say(`failed at ${atMs.toFixed(0)} ms: ${what}`);
    for (const what of [...slow.failures, ...sockets.early].slice(0, SHOWN_FAILURES)) say(what);
    const during = `during ${runs} deploys and ${runs} rollbacks`;
    return [
      measured(`failed requests ${during}`, result.failures.length, "requests", { limit: 0 }),
      measured("answered requests meanwhile", result.sent - result.failures.length, "requests"),
      measured(`failed slow requests of 2 s ${during}`, slow.failures.length, "requests", { limit: 0 }),
      measured("answered slow requests meanwhile", slow.answered, "requests"),
      measured("WebSockets closed before the drain time", sockets.early.length, "sockets", { limit: 0 }),
    ];
  } finally {
    load.end();
    await slow.stop();
    sockets.stop();
  }
}

class SlowRequests {
  readonly failures: string[] = [];
  answered = 0;
  private isOver = false;
  private readonly all: Promise<void>[];

  constructor(
    private readonly port: number,
    private readonly host: string,
  ) {
    this.all = Array.from({ length: SLOW }, () => this.again());
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.all);
  }

  private async again(): Promise<void> {
    while (!this.isOver) await this.ask();
  }

  private ask(): Promise<void> {
    return new Promise((done) => {
      const fail = (what: string) => {
        this.failures.push(`slow request: ${what}`);
        done();
      };
      const options = { host: "127.0.0.1", port: this.port, path: "/slow", agent: false, headers: { host: this.host } };
      const sent = request(options, (answer) => {
        answer.resume();
        answer.on("error", (error) => fail(error.message));
        answer.on("end", () => {
          if ((answer.statusCode ?? 0) >= 500) return fail(`status ${answer.statusCode}`);
          this.answered++;
          done();
        });
      });
      sent.on("error", (error) => fail(error.message));
      sent.end();
    });
  }
}

/** Each opened again when it is closed. */
class WebSockets {
  readonly early: string[] = [];
  private isOver = false;
  private readonly open = new Set<Socket>();

  constructor(
    private readonly port: number,
    private readonly host: string,
  ) {
    for (let count = 0; count < SOCKETS; count++) this.connect();
  }

  stop(): void {
    this.isOver = true;
    for (const socket of this.open) socket.destroy();
  }

  private connect(): void {
    const headers = {
      ...{ host: this.host, connection: "Upgrade", upgrade: "websocket" },
      ...{ "sec-websocket-version": "13", "sec-websocket-key": "c2xpcHdheSBiZW5jaG1hcms=" },
    };
    const sent = request({ host: "127.0.0.1", port: this.port, path: "/echo", agent: false, headers });
    sent.on("upgrade", (_answer, socket: Socket) => {
      const opened = performance.now();
      this.open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.open.delete(socket);
        if (this.isOver) return;
        const seconds = (performance.now() - opened) / 1000;
        if (seconds < DRAIN_SECONDS) this.early.push(`a WebSocket was closed after ${seconds.toFixed(1)} s`);
        this.connect();
      });
    });
    sent.on("error", (error) => !this.isOver && this.early.push(`a WebSocket could not be opened: ${error.message}`));
    sent.end();
  }
}
