import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";

/** The part of `projects.yml` that the tests change. */
export interface ProjectEntry {
  [key: string]: unknown;
  containers: Record<string, Record<string, unknown>>;
}

/** `projects.yml` as it is shipped. */
export function sampleProjects(): { projects: Record<string, ProjectEntry> } {
  return parse(readFileSync(resolve(__dirname, "../../projects.yml"), "utf8"));
}

/** Nothing but the sample project `hello`, with changes of its only container. */
export function onlyHello(container: Record<string, unknown> = {}): { projects: Record<string, ProjectEntry> } {
  return { projects: { hello: helloLike("hello", container) } };
}

/** A project under another name that runs what `hello` runs. */
export function helloLike(name: string, container: Record<string, unknown> = {}): ProjectEntry {
  const hello = sampleProjects().projects.hello as ProjectEntry;
  const containers = { web: { ...hello.containers.web, ...container } };
  return { ...hello, domains: { local: [`${name}.localhost`] }, containers };
}

/** `hello` with a worker `mailer` that is healthy while nobody has left a file `/state/broken` in its volume. */
export function helloWithWorker(deadlineSeconds: number): ProjectEntry {
  const hello = helloLike("hello");
  const { port: _, ...web } = hello.containers.web as Record<string, unknown>;
  const health = { command: ["test", "!", "-e", "/state/broken"], intervalSeconds: 0.2, deadlineSeconds };
  const mailer = { ...web, volumes: { state: "/state" }, health };
  return { ...hello, containers: { ...hello.containers, mailer } };
}

/** Two projects that run what `hello` runs: the container `web` of one and everything of the other have names that begin alike. */
export function alikeNamed(): { projects: Record<string, ProjectEntry> } {
  return { projects: { hello: helloLike("hello"), "hello-web": helloLike("hello-web") } };
}
