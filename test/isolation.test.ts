import assert from "node:assert/strict";
import { exec } from "../host/docker";
import { sampleRelease } from "./support/machine-images";
import { helloLike, sampleProjects } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

/** Longest wait for a connection that must not be made, in seconds. */
const CONNECT_SECONDS = 2;

describe("projects are wholly apart", function () {
  this.timeout(90_000);
  let stack: TestStack;

  before(async () => {
    const { calendar } = sampleProjects().projects;
    const almanac = { ...calendar, domains: { local: ["almanac.localhost"] } };
    stack = await TestStack.create({
      projects: { projects: { calendar, almanac, hello: helloLike("hello") } },
    });
    const sample = await sampleRelease("calendar", "1.0.0", stack.registryPort);
    await stack.configure({
      releases: {
        calendar: { live: sample },
        almanac: { live: sample },
        hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) },
      },
      variables: { calendar: { SECRET_KEY: "one" }, almanac: { SECRET_KEY: "two" } },
    });
    await stack.deployed();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  async function container(project: string, service: string): Promise<string> {
    const found = await stack.containers({ "slipway.project": project, "slipway.service": service });
    assert.equal(found.length, 1, `${project}-${service}`);
    return found[0]?.Id as string;
  }

  async function addresses(id: string): Promise<string[]> {
    const { NetworkSettings } = await stack.docker.getContainer(id).inspect();
    return Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
  }

  async function isReachable(from: string, host: string, port: number): Promise<boolean> {
    const connect = `exec 3<>/dev/tcp/${host}/${port}`;
    return (await exec(from, ["timeout", String(CONNECT_SECONDS), "bash", "-c", connect])).exitCode === 0;
  }

  /** What Postgres answers a project's own container that logs in with its own or a changed address. */
  async function login(from: string, change: string): Promise<string> {
    const program = `
import os, psycopg
from sqlalchemy.engine import make_url
url = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql")${change}
try:
    with psycopg.connect(url.render_as_string(hide_password=False), connect_timeout=5) as connection:
        print("logged in to", connection.info.dbname)
except psycopg.Error as error:
    print(error)
`;
    return (await exec(from, ["python3", "-c", program])).stdout;
  }

  it("MT-04 no container reaches one of another project, by name or by address", async () => {
    const [calendar, almanac] = [await container("calendar", "backend"), await container("almanac", "backend")];
    const own = (await addresses(calendar))[0] as string;
    assert.equal(await isReachable(calendar, own, 8080), true, "the check itself does not work");
    for (const [from, to] of [
      [calendar, almanac],
      [almanac, calendar],
      [await container("hello", "web"), calendar],
    ] as const) {
      const { Name } = await stack.docker.getContainer(to).inspect();
      assert.equal(await isReachable(from, Name.slice(1), 8080), false, `${from} reaches ${Name}`);
      for (const address of await addresses(to)) assert.equal(await isReachable(from, address, 8080), false, address);
    }
  });

  it("MT-04 a project without a database does not reach Postgres, none reaches the registry", async () => {
    const { postgres, registry } = await stack.infrastructure();
    const hello = await container("hello", "web");
    for (const address of await addresses(postgres as string)) {
      assert.equal(await isReachable(hello, address, 5432), false, address);
    }
    const calendar = await container("calendar", "backend");
    assert.equal(await isReachable(calendar, "postgres", 5432), true, "the check itself does not work");
    for (const address of await addresses(registry as string)) {
      assert.equal(await isReachable(calendar, address, 5000), false, address);
    }
  });

  it("MT-04 a role gets into its own database only, and nobody from a container becomes superuser", async () => {
    const calendar = await container("calendar", "backend");
    assert.match(await login(calendar, ""), /logged in to calendar/);
    assert.match(await login(calendar, '.set(database="almanac")'), /no pg_hba\.conf entry .* database "almanac"/);
    assert.match(await login(calendar, '.set(database="postgres")'), /no pg_hba\.conf entry .* database "postgres"/);
    assert.match(
      await login(calendar, '.set(username="almanac")'),
      /no pg_hba\.conf entry|password authentication failed/,
    );
    assert.match(
      await login(calendar, '.set(username="almanac", database="almanac")'),
      /password authentication failed for user "almanac"/,
    );
    assert.match(
      await login(calendar, '.set(username="postgres", database="postgres")'),
      /pg_hba\.conf rejects connection/,
    );
    const { postgres } = await stack.infrastructure();
    const query = "select has_database_privilege('calendar', 'almanac', 'CONNECT')";
    const asked = await exec(postgres as string, ["psql", "-AtXc", query], { user: "postgres" });
    assert.equal(asked.stdout.trim(), "f", asked.stderr);
  });
});
