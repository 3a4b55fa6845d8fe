import assert from "node:assert/strict";
import { derivedImage } from "./support/derived-image";
import { occupiedPort } from "./support/free-ports";
import { sampleRelease } from "./support/machine-images";
import { helloLike, type ProjectEntry } from "./support/sample-projects";
import { type Run, TestStack } from "./support/test-stack";

const HOST = "hello.localhost";
/** Deadline of the health check in these tests, in seconds. */
const DEADLINE_SECONDS = 2;

describe("an image that is no good", function () {
  this.timeout(90_000);
  let stack: TestStack;
  let good: { version: string; images: Record<string, string> };
  let live: string;
  let dinghy: string;
  let hello: ProjectEntry;

  before(async () => {
    const health = { path: "/healthz", deadlineSeconds: DEADLINE_SECONDS };
    const smokeTests = [{ name: "greets", container: "web", path: "/", expect: { body: "This is version 1.0.0" } }];
    const upgrade = ["bash", "-c", `[ ! -e /srv/broken ] || { echo 'column "when" exists already' >&2; exit 1; }`];
    hello = { ...helloLike("hello", { health }), smokeTests, migrations: { container: "web", upgrade } };
    stack = await TestStack.create({ projects: { projects: { hello, dinghy: helloLike("dinghy") } } });
    good = await sampleRelease("hello", "1.0.0", stack.registryPort);
    await stack.configure({ releases: { hello: { live: good }, dinghy: { live: good } } });
    await stack.deployed();
    live = await stack.servedRelease(HOST);
    dinghy = await stack.servedRelease("dinghy.localhost");
    assert.notEqual(live, "");
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const configure = (image: string) =>
    stack.configure({
      releases: { hello: { live: { version: "2.0.0", images: { web: image } } }, dinghy: { live: good } },
    });

  /** Everything in Docker apart from the candidate. */
  async function others(): Promise<string[]> {
    const containers = await stack.containers();
    const kept = containers.filter(({ Labels, State }) => isKept(Labels["slipway.release"]) && State === "running");
    return kept.map(({ Id }) => Id).sort();
  }

  /** The infrastructure and the other project have no release of this project. */
  function isKept(release: string | undefined): boolean {
    return release === undefined || release === live || release === dinghy;
  }
  /** Deploys the image under load; then the configuration of before. What must hold for every bad image is checked. */
  async function deployAndGoBack(image: string): Promise<Run> {
    const before = await others();
    await using load = stack.load(HOST);
    await configure(image);
    const run = await stack.up();
    assert.equal(run.code, 1, run.output);
    assert.equal(await stack.servedRelease(HOST), live);
    assert.equal((await stack.outputs()).projects.hello?.release, live, "the outputs tell of a release that failed");

    await stack.configure({ releases: { hello: { live: good }, dinghy: { live: good } } });
    const back = await stack.deployed();
    const { failures, releases } = await load.stop();
    assert.deepEqual(failures, [], run.output);
    assert.deepEqual(Object.keys(releases), [live]);
    const left = (await stack.containers()).map(({ Id }) => Id).sort();
    assert.deepEqual(left, before, `the candidate is still there, or another container went\n${back.output}`);
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    return run;
  }

  it("OV-08 MT-22 its container exits at once: its last log lines, and which release still serves", async () => {
    const program = "echo reading settings; echo '/etc/settings: no such file' >&2; exit 3";
    const image = await derivedImage(stack, "exits", { instructions: [`CMD ["bash", "-c", "${program}"]`] });
    const { output } = await deployAndGoBack(image);
    assert.match(output, /hello: release [0-9a-f]{10}: container web ended with exit code 3/);
    assert.match(output, new RegExp(`release ${live} \\(1\\.0\\.0\\) still serves`));
    assert.match(output, /\| reading settings/);
    assert.match(output, /\| \/etc\/settings: no such file/);
  });

  it("MT-09 MT-22 its container never becomes healthy: gives up at the deadline", async () => {
    const image = await derivedImage(stack, "unhealthy", {
      run: "sed -i 's/return 200 .*/return 503;/' /etc/nginx/nginx.conf",
    });
    const { output } = await deployAndGoBack(image);
    assert.match(output, /container web is not healthy after 2 s \(GET \/healthz answered 503\)/);
    assert.match(output, new RegExp(`release ${live} \\(1\\.0\\.0\\) still serves`));
  });

  it("MT-09 its container listens on another port: the message says which port was asked", async () => {
    const image = await derivedImage(stack, "other-port", {
      run: "sed -i 's/listen 8080/listen 9090/' /etc/nginx/nginx.conf",
    });
    const { output } = await deployAndGoBack(image);
    assert.match(output, /container web is not healthy after 2 s \(GET \/healthz on port 8080: .*ECONNREFUSED/);
  });

  it("MT-10 a smoke test fails: names the test, the answer and the container's last log lines", async () => {
    const image = await derivedImage(stack, "wrong-page", { run: "echo nothing to see > /srv/public/index.html" });
    const { output } = await deployAndGoBack(image);
    assert.match(
      output,
      /smoke test "greets" failed: GET \/ answered 200, without the text "This is version 1\.0\.0": nothing to see/,
    );
    assert.match(output, new RegExp(`release ${live} \\(1\\.0\\.0\\) still serves`));
  });

  it("OV-06 it has another value of a variable than was promised: both are named, and the old release serves", async () => {
    const image = await derivedImage(stack, "promise", { instructions: ["ENV GREETING=goodbye"] });
    const declare = (variables: object) =>
      stack.declare({ projects: { hello: { ...hello, ...variables }, dinghy: helloLike("dinghy") } });
    await declare({ variables: { promised: { GREETING: "hello" } } });
    await configure(image);
    const run = await stack.up();
    assert.equal(run.code, 1, run.output);
    assert.match(
      run.output,
      /container web: GREETING has another value than was promised; promised is "hello"; release/,
    );
    assert.doesNotMatch(run.output, /goodbye/);
    assert.equal(await stack.servedRelease(HOST), live);
    await declare({});
    await stack.configure({ releases: { hello: { live: good }, dinghy: { live: good } } });
    await stack.deployed();
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("OV-08 MT-22 its migration fails: shows what it printed, and none of its containers ever starts", async () => {
    const image = await derivedImage(stack, "migration", { run: "touch /srv/broken" });
    const { output } = await deployAndGoBack(image);
    assert.match(output, /hello: the migration of release [0-9a-f]{10} failed: bash .* exited 1/);
    assert.match(output, /\| column "when" exists already/);
    assert.doesNotMatch(output, /docker:index:Container hello-web-[0-9a-f]{10} creat/);
  });

  it("OV-07 the registry does not know the digest: nothing starts, and the image is named", async () => {
    const unknown = (good.images.web as string).replace(/[0-9a-f]{64}$/, "f".repeat(64));
    const { output } = await deployAndGoBack(unknown);
    assert.match(output, /sha256:f{64}/);
    assert.match(output, /not found|unknown/);
  });

  it("OV-07 the registry does not answer: nothing starts, and the registry is named", async () => {
    const { port, server } = await occupiedPort();
    await new Promise((done) => server.close(done));
    const image = (good.images.web as string).replace(`:${stack.registryPort}/`, `:${port}/`);
    const { output } = await deployAndGoBack(image);
    assert.match(output, new RegExp(`127\\.0\\.0\\.1:${port}`));
    assert.match(output, /connection refused/);
  });
});
