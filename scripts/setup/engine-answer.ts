import { createInterface } from "node:readline";

/** One line of a long answer of the Docker engine: a build, a pull, a push. */
export interface EngineMessage {
  /** Output of a build. */
  stream?: string;
  status?: string;
  error?: string;
  aux?: { ID?: string; Digest?: string };
}

/** The messages as they come; an error among them is thrown, because the answer's status was sent long before. */
export async function* engineMessages(answer: NodeJS.ReadableStream): AsyncGenerator<EngineMessage> {
  for await (const line of createInterface({ input: answer })) {
    if (line.trim() === "") continue;
    const message: EngineMessage = JSON.parse(line);
    if (message.error) throw new Error(message.error);
    yield message;
  }
}

/** Waits for the end of an answer whose messages do not matter. */
export async function answered(answer: NodeJS.ReadableStream): Promise<void> {
  for await (const _ of engineMessages(answer));
}
