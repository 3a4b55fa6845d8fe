import { strict as assert } from "node:assert";
import type { ContainerSpec, Project } from "./project";
import { defaults } from "./project.fixture";
import { releaseId } from "./release-id";
import type { ConfigValue, ReleaseConfig } from "./stack-config";

const backend: ContainerSpec = {
  name: "backend",
  port: 8000,
  routes: ["/api/", "/ical/"],
  health: { path: "/healthz", intervalSeconds: 0.25, timeoutSeconds: 5, deadlineSeconds: 120 },
  responseTimeLimitMs: 1000,
  limits: { memoryMiB: 256, cpus: 1, pids: 256, logMiB: 30 },
  readOnly: true,
  tmpfs: ["/var/cache", "/run"],
  volumes: [{ name: "uploads", path: "/srv/uploads" }],
  capabilities: ["CHOWN", "SETUID"],
};
const project: Project = {
  name: "calendar",
  domains: ["calendar.localhost"],
  containers: [backend, { ...backend, name: "frontend", routes: [] }],
  variables: { required: ["SECRET_KEY"], defaults: { LOG_LEVEL: "info" }, promised: {} },
  database: "shared",
  migrations: { container: "backend", upgrade: ["up"], transactional: true, timeoutSeconds: 600 },
  smokeTests: [],
  keyTables: [],
  ...defaults,
};
const release: ReleaseConfig = {
  version: "1.0.0",
  images: {
    backend: `127.0.0.1:5000/a@sha256:${"a".repeat(64)}`,
    frontend: `127.0.0.1:5000/b@sha256:${"b".repeat(64)}`,
  },
};
const variables: Record<string, ConfigValue> = { SECRET_KEY: { secure: "v1:abc" }, PORT: "1" };
const before = releaseId(project, release, variables);

function withBackend(change: Partial<ContainerSpec>): Project {
  return { ...project, containers: [{ ...backend, ...change }, ...project.containers.slice(1)] };
}

describe("the name of a release", () => {
  it("is ten hex digits and the same on every machine", () => assert.equal(before, "f93e26082a"));

  const specs: [string, Partial<ContainerSpec>][] = [
    ["a port", { port: 8001 }],
    ["a route", { routes: ["/api/"] }],
    ["a health check", { health: { ...backend.health, path: "/up" } }],
    ["a health check's deadline", { health: { ...backend.health, deadlineSeconds: 60 } }],
    ["a command", { command: ["serve"] }],
    ["a memory limit", { limits: { ...backend.limits, memoryMiB: 512 } }],
    ["a log limit", { limits: { ...backend.limits, logMiB: 60 } }],
    ["a writable root", { readOnly: false }],
    ["a path in memory", { tmpfs: ["/var/cache"] }],
    ["a volume's path", { volumes: [{ name: "uploads", path: "/srv/files" }] }],
    ["a volume's name", { volumes: [{ name: "files", path: "/srv/uploads" }] }],
    ["a capability", { capabilities: ["CHOWN"] }],
    ["a container's name", { name: "api" }],
  ];
  const changes: [string, string][] = [
    ...specs.map(([title, change]): [string, string] => [title, releaseId(withBackend(change), release, variables)]),
    ["an image", releaseId(project, { ...release, images: { ...release.images, backend: "x" } }, variables)],
    ["a version, which containers are told", releaseId(project, { ...release, version: "1.0.1" }, variables)],
    ["a rotation", releaseId(project, { ...release, rotation: 1 }, variables)],
    ["a variable", releaseId(project, release, { ...variables, PORT: "2" })],
    ["a secret set again", releaseId(project, release, { ...variables, SECRET_KEY: { secure: "v1:abd" } })],
    ["a further variable", releaseId(project, release, { ...variables, EXTRA: "" })],
    [
      "a default",
      releaseId(
        { ...project, variables: { required: [], defaults: { LOG_LEVEL: "x" }, promised: {} } },
        release,
        variables,
      ),
    ],
    ["no database", releaseId({ ...project, database: "none" }, release, variables)],
    ["another project", releaseId({ ...project, name: "shop" }, release, variables)],
  ];

  for (const [title, after] of changes) {
    it(`changes with ${title}`, () => assert.notEqual(after, before));
  }
  it("differs between all of these", () => assert.equal(new Set(changes.map(([, id]) => id)).size, changes.length));

  const others: [string, Project][] = [
    ["a domain", { ...project, domains: ["calendar.example.com"] }],
    [
      "a smoke test",
      {
        ...project,
        smokeTests: [
          { name: "x", container: "backend", method: "GET", path: "/", headers: {}, expect: { status: 200 } },
        ],
      },
    ],
    ["a key table", { ...project, keyTables: [{ table: "events", minimumRows: 1 }] }],
    ["a migration's command", { ...project, migrations: undefined }],
    ["a response-time limit", withBackend({ responseTimeLimitMs: 1 })],
    [
      "the order of containers, routes, capabilities",
      {
        ...withBackend({
          routes: ["/ical/", "/api/"],
          capabilities: ["SETUID", "CHOWN"],
          tmpfs: ["/run", "/var/cache"],
        }),
        containers: withBackend({
          routes: ["/ical/", "/api/"],
          capabilities: ["SETUID", "CHOWN"],
          tmpfs: ["/run", "/var/cache"],
        }).containers.toReversed(),
      },
    ],
    [
      "a default that the stack's configuration overrides",
      { ...project, variables: { required: [], defaults: { LOG_LEVEL: "info", PORT: "9" }, promised: {} } },
    ],
  ];
  for (const [title, other] of others) {
    it(`does not change with ${title}`, () => assert.equal(releaseId(other, release, variables), before));
  }

  it("does not change with the order of keys", () => {
    const reversed = <T extends object>(map: T) => Object.fromEntries(Object.entries(map).toReversed()) as T;
    const images = reversed(release.images);
    assert.equal(releaseId(reversed(project), reversed({ ...release, images }), reversed(variables)), before);
  });
});
