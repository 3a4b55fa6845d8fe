import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { docPage } from "../engine/cli/doc-page";

const ROOT = resolve(__dirname, "..");
const PAGES = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const text = (page: string) => readFileSync(join(ROOT, page), "utf8");

/** Commands that `scripts/slipway.ts` and the engine's command line declare. */
function knownCommands(): Set<string> {
  const own = [...text("scripts/slipway.ts").matchAll(/^ {2}"?([a-z-]+)"?: \{/gm)].map(([, name]) => name as string);
  const sources = ["commands", "run-options", "stack-options"].map((name) => text(`engine/cli/${name}.ts`)).join("\n");
  const engine = [...sources.matchAll(/command\(\s*"([a-z-]+)/g), ...sources.matchAll(/name: "([a-z-]+)"/g)];
  return new Set([...own, ...engine.map(([, name]) => name as string), "up", "preview", "refresh", "destroy"]);
}

describe("the documents", () => {
  it("there is a page, and a heading where it names one, for every error", () => {
    const codes = [...text("docs/errors.md").matchAll(/`(slipway\.[a-z_.]+)`/g)].map(([, code]) => code as string);
    assert.ok(codes.length > 20);
    for (const code of codes) {
      const [page = "", heading] = docPage(code).split("#");
      assert.ok(existsSync(join(ROOT, page)), `${code}: ${page}`);
      const words = heading?.replaceAll("-", "[ -]"); // As GitHub makes an anchor of it.
      if (words) assert.match(text(page).toLowerCase(), new RegExp(`^## ${words}$`, "m"), code);
      assert.ok(code === "slipway.failed" || code === "slipway.stack.not_found" || page !== "docs/errors.md", code);
    }
  });

  it("DO-01 there is a page for each task of an operator", () => {
    for (const page of [
      "architecture",
      "adding-a-project",
      "deploying",
      "backup-and-restore",
      "emergencies",
      "metrics",
      "security",
    ]) {
      assert.ok(PAGES.includes(`docs/${page}.md`), page);
      assert.match(text("README.md"), new RegExp(`\\(docs/${page}\\.md\\)`), page);
    }
  });

  for (const page of PAGES) {
    it(`DO-01 ${page} links to what is there`, () => {
      for (const [, link = ""] of text(page).matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)) {
        assert.ok(existsSync(join(ROOT, dirname(page), link)), link);
      }
    });

    it(`DO-01 ${page} names commands that there are`, () => {
      const known = knownCommands();
      for (const [, command = ""] of text(page).matchAll(/\.\/slipway ([a-z][a-z-]*)/g)) {
        assert.ok(known.has(command), `./slipway ${command}`);
      }
    });
  }
});
