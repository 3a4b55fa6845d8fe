import { request } from "node:http";
import type { KeyTable, SmokeTest } from "../config/project";
import { platformDescription, projectDescription } from "./description";
import { lastLogLines } from "./docker";
import type { Finding } from "./finding";
import { checkServices } from "./health/check-services";
import type { Layout } from "./layout";
import { identifier, type Login, literal, query } from "./postgres";
import { checkPublicAddress } from "./public-address";
import { type LiveRelease, readRecord } from "./record";
import { answerWithin } from "./request-deadline";
import type { GatewayRef, ProjectDescription } from "./requests";
import { testContainer } from "./smoke-test";

/** Longest wait for an answer through the gateway, in milliseconds. */
const GATEWAY_MS = 10_000;
/** Lines of each container's log that are searched for errors. */
const SEARCHED_LINES = 200;
const LOGGED_ERROR = /\b(ERROR|FATAL|CRITICAL|PANIC|panic|Traceback)\b/;

/**
 * Looks at a project's live release from all sides (RB-05, RB-09): its services run and are healthy, it answers through
 * the gateway and at its public address, its database answers, its smoke tests pass, its key tables hold their minimum,
 * its containers log no errors. Resolves with what is wrong; none where all is well.
 */
export async function verifyRelease(layout: Layout, project: string): Promise<Finding[]> {
  const [description, platform, { live }] = await Promise.all([
    projectDescription(layout, project),
    platformDescription(layout),
    readRecord(layout, project),
  ]);
  // As where data is restored before the first deploy: nothing can be wrong with what is not there.
  if (!live) return [{ check: "release", severity: "warning", text: `no release of ${project} serves yet` }];
  const found = await Promise.all([
    health(layout, description),
    throughGateway(platform.gateway, live),
    description.checksPublicAddress ? atPublicAddress(description, live) : [],
    description.database === undefined ? [] : databaseFindings(platform.postgres, description.database, live),
    ...live.snapshot.smokeTests.map((test) => smokeTest(test, live, description.network)),
    ...live.containers.map(({ service, id }) => logErrors(service, id)),
  ]);
  return found.flat();
}

async function health(layout: Layout, { project, database }: ProjectDescription): Promise<Finding[]> {
  const wanted = ["nginx", project, ...(database === undefined ? [] : ["postgres"])];
  const { services } = await checkServices(layout, { services: wanted });
  return Object.entries(services).flatMap(([service, { status, reason = "" }]): Finding[] => {
    if (status === "healthy") return [];
    const severity = status === "degraded" ? "warning" : "error";
    return [{ check: `health ${service}`, severity, text: `${status}: ${reason}` }];
  });
}

/** What the application answers is its own affair, as long as it is the live release that answers and no failure. */
function throughGateway({ address, port }: GatewayRef, { host, release }: LiveRelease): Promise<Finding[]> {
  if (host === undefined) return Promise.resolve([]);
  const failed = (text: string): Finding[] => [{ check: `gateway ${host}`, severity: "error", text }];
  return new Promise((done) => {
    const sent = request({ host: address, port, path: "/", agent: false, headers: { host } }, (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      const served = answer.headers["x-slipway-release"];
      answer.on("error", (error) => done(failed(error.message)));
      answer.on("end", () => {
        if (status >= 500) return done(failed(`GET / answered ${status}`));
        done(
          served === release ? [] : failed(`GET / is answered by release ${served ?? "none"} instead of ${release}`),
        );
      });
    });
    answerWithin(sent, GATEWAY_MS);
    sent.on("error", (error) => done(failed(`GET /: ${error.message}`)));
    sent.end();
  });
}

/** A project whose containers are checked by commands alone has no path for its health. */
function atPublicAddress({ domains }: ProjectDescription, { release, routes }: LiveRelease): Promise<Finding[]> {
  const hasHealthPath = /^location (= )?\/healthz\/? \{$/m.test(routes.locations);
  return checkPublicAddress(domains, release, hasHealthPath ? {} : { path: "/" });
}

/** As the project's own role, whose rights the application has. */
async function databaseFindings(postgres: string, database: string, { snapshot }: LiveRelease): Promise<Finding[]> {
  const as = { postgres, database, role: database };
  try {
    await query(as, "SELECT 1");
  } catch (error) {
    return [{ check: "database", severity: "error", text: `${database} does not answer: ${(error as Error).message}` }];
  }
  return (await Promise.all(snapshot.keyTables.map((table) => keyTable(as, table)))).flat();
}

/** Counts no further than the minimum: a table may be large. */
async function keyTable(as: Login, { table, minimumRows }: KeyTable): Promise<Finding[]> {
  const failed = (text: string): Finding[] => [{ check: `key table ${table}`, severity: "error", text }];
  const name = table.split(".").map(identifier).join(".");
  try {
    const [[found = ""] = []] = await query(as, `SELECT to_regclass(${literal(name)})`);
    if (found === "") return failed("it is not there");
    if (minimumRows === 0) return [];
    const sql = `SELECT count(*) FROM (SELECT FROM ${name} LIMIT ${minimumRows}) AS counted`;
    const [[rows] = []] = await query(as, sql);
    return Number(rows) < minimumRows ? failed(`it has ${rows} rows, fewer than the ${minimumRows} it must have`) : [];
  } catch (error) {
    return failed((error as Error).message);
  }
}

async function smokeTest(test: SmokeTest, { containers }: LiveRelease, network: string): Promise<Finding[]> {
  const failed = (text: string): Finding[] => [{ check: `smoke test "${test.name}"`, severity: "error", text }];
  const container = containers.find(({ service }) => service === test.container);
  if (!container) return failed(`there is no container ${test.container}`);
  try {
    const failure = await testContainer(test, container, network);
    return failure === undefined ? [] : failed(failure);
  } catch (error) {
    return failed((error as Error).message);
  }
}

async function logErrors(service: string, id: string): Promise<Finding[]> {
  const lines = await lastLogLines(id, SEARCHED_LINES).catch(() => []);
  const errors = lines.filter((line) => LOGGED_ERROR.test(line));
  if (errors.length === 0) return [];
  const text = `${errors.length} of the last ${lines.length} lines tell of errors, the last: ${errors.at(-1)}`;
  return [{ check: `log of ${service}`, severity: "warning", text }];
}
