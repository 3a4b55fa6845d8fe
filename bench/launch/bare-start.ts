import { request } from "node:http";
import type Docker from "dockerode";

/** Pause between two requests, in milliseconds. */
const ASK_EVERY_MS = 5;
/** Longest wait for an answer, in seconds. */
const DEADLINE_SECONDS = 30;

/**
 * Seconds that Docker alone needs to bring a container like this one up: from the call that creates it, through the
 * one that starts it, until it answers 200 on its own address. Same image, command, limits and network; through
 * Docker's API, so without the time that the `docker` command itself takes. The copy is removed.
 */
export async function bareStart(docker: Docker, like: string, port: number, path: string): Promise<number> {
  const { Config, HostConfig, Image, NetworkSettings } = await docker.getContainer(like).inspect();
  const [network = ""] = Object.keys(NetworkSettings.Networks);
  const started = performance.now();
  const container = await docker.createContainer({
    Image,
    Cmd: Config.Cmd,
    Env: Config.Env,
    Labels: { "slipway.stack": Config.Labels["slipway.stack"] ?? "", "slipway.service": "bare" },
    HostConfig: { ...HostConfig, NetworkMode: network, RestartPolicy: { Name: "no" } },
  });
  try {
    await container.start();
    const { NetworkSettings: own } = await container.inspect();
    const address = own.Networks[network]?.IPAddress ?? "";
    while (!(await answers(address, port, path))) {
      if (performance.now() - started > DEADLINE_SECONDS * 1000) {
        throw new Error(`a copy of ${like} did not answer at ${address}:${port}${path} in ${DEADLINE_SECONDS} s`);
      }
      await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
    }
    return (performance.now() - started) / 1000;
  } finally {
    await container.remove({ force: true });
  }
}

function answers(host: string, port: number, path: string): Promise<boolean> {
  return new Promise((done) => {
    const sent = request({ host, port, path, agent: false }, (answer) => {
      answer.resume();
      answer.on("close", () => done(answer.statusCode === 200));
    });
    sent.setTimeout(1000, () => sent.destroy());
    sent.on("error", () => done(false));
    sent.end();
  });
}
