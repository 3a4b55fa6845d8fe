import { strict as assert } from "node:assert";
import {
  command,
  domain,
  filePath,
  headerName,
  headerValue,
  healthPath,
  name,
  projectName,
  requestPath,
  route,
  tableName,
  variableName,
  variableValue,
} from "./grammar";

const domainOf63 = `${"a".repeat(63)}.com`;
const domainOf253 = `${`${"a".repeat(62)}.`.repeat(4)}a`;

/** Texts that would end or begin a directive, an argument or a path. */
const HOSTILE = [
  "",
  " ",
  "a b",
  "a;b",
  "a{b",
  "a}b",
  "a#b",
  "a$b",
  "$host",
  "$\u007bhost}",
  'a"b',
  "a'b",
  "a\\b",
  "a\nb",
  "a\n",
  "a\r\nb",
  "a\tb",
  "a\0b",
  "a.com; return 200 x;",
  "../a",
  "/..",
  "/../a",
  "/a/../b",
  "/a/./b",
  "/a b",
  "/a;b",
  "/a{",
  "/a}",
  "/a#",
  "/a$uri",
  '/a"',
  "/a\n",
  "/a\\",
  "`id`",
  "$(id)",
  "--privileged",
  "-v",
];

const cases = {
  projectName: {
    schema: projectName,
    good: ["a", "shop", "shop-2", "a".repeat(31)],
    bad: [
      "A",
      "1a",
      "-a",
      "a-",
      "a--b",
      "a_b",
      "a.b",
      "a".repeat(32),
      `a${"-b".repeat(16)}`,
      "postgres",
      "template1",
      "pg-shop",
      "public",
    ],
  },
  name: {
    schema: name,
    good: ["web", "api-2", "postgres"],
    bad: ["Web", "-a", "a_b", "a".repeat(32), `a${"-b".repeat(16)}`],
  },
  domain: {
    schema: domain,
    good: [
      "a.com",
      "calendar.localhost",
      "x--y.example.com",
      "xn--bcher-kva.de",
      "1.example.com",
      domainOf63,
      domainOf253,
    ],
    bad: [
      "localhost",
      "A.com",
      "*.a.com",
      "a..com",
      ".a.com",
      "a.com.",
      "-a.com",
      "a-.com",
      "a_b.com",
      "bücher.de",
      "10.0.0.1",
      "a.com:80",
      "http://a.com",
      "a.com/x",
      `${"a".repeat(64)}.com`,
      `a${domainOf253}`,
      "~^a.com",
      "_",
    ],
  },
  route: {
    schema: route,
    good: ["/api/", "/feed.ics", "/a/b-c/d_e/~f/", "/.well-known/x"],
    bad: ["/", "api/", "//", "/a//b", "/%2e%2e/", "/a*", "= /a", "~ /a", "@a"],
  },
  healthPath: {
    schema: healthPath,
    good: ["/", "/healthz", "/a/b/", "/up.txt"],
    bad: ["", "up", "//", "/a//b", "/up?x=1", "/%20"],
  },
  requestPath: { schema: requestPath, good: ["/", "/a?b=c&d=%20", "/a/../b"], bad: ["a", "http://a.com/", "/ü"] },
  filePath: {
    schema: filePath,
    good: ["/srv", "/var/lib/app-1/x.d"],
    bad: ["/", "srv", "/srv/", "//srv", "/proc", "/sys/fs", "/dev/shm", "/a:ro"],
  },
  headerName: { schema: headerName, good: ["Content-Type", "X-A"], bad: ["", "A B", "A:", "Ä"] },
  headerValue: { schema: headerValue, good: ["", "text/html; q=1", "a\tb"], bad: ["a\nb", "a\r", "ü", "\0"] },
  variableName: {
    schema: variableName,
    good: ["A", "_a1", "http_proxy"],
    bad: ["", "1A", "A-B", "A=B", "A B", "SLIPWAY_X"],
  },
  variableValue: { schema: variableValue, good: ["", "a\nb", "$x ü"], bad: ["a\0"] },
  tableName: {
    schema: tableName,
    good: ["events", "public.Events", "_t1"],
    bad: ["e; drop", 'a"b', "a.b.c", "1a", "a b", ".a"],
  },
} as const;

const mayHoldHostile = new Set(["requestPath", "headerName", "headerValue", "variableValue"]);

describe("grammars of projects.yml", () => {
  for (const [title, { schema, good, bad }] of Object.entries(cases)) {
    it(`${title}: takes ${good
      .map((text) => JSON.stringify(text))
      .join(", ")
      .slice(0, 70)}`, () => {
      for (const text of good) assert.ok(schema.safeParse(text).success, JSON.stringify(text));
    });
    it(`MT-01 ${title}: refuses what is none`, () => {
      for (const text of bad) assert.ok(!schema.safeParse(text).success, JSON.stringify(text));
    });
    if (mayHoldHostile.has(title)) continue;
    it(`MT-02 ${title}: refuses what could end or begin a directive`, () => {
      for (const text of HOSTILE) assert.ok(!schema.safeParse(text).success, JSON.stringify(text));
    });
  }

  for (const [found, meant] of [
    ["Bücher.de", "xn--bcher-kva.de"],
    ["Shop.Example.com", "shop.example.com"],
    ["https://shop.example.com/cart", "shop.example.com"],
    ["shop.example.com:8080", "shop.example.com"],
    ["shop.example.com.", "shop.example.com"],
  ] as const) {
    it(`a domain "${found}" is answered with "${meant}"`, () => {
      const message = domain.safeParse(found).error?.issues[0]?.message ?? "";
      assert.ok(message.endsWith(`; did you mean "${meant}"?`), message);
    });
  }

  it("a command is a list of arguments, not a line for a shell", () => {
    assert.ok(command.safeParse(["sh", "-c", "a && b\n"]).success);
    for (const bad of ["a b", [], [""], ["a", 1], ["a\0"]]) assert.ok(!command.safeParse(bad).success);
  });

  it("a long text is refused as quickly as a short one", () => {
    const began = performance.now();
    for (const { schema } of Object.values(cases)) {
      for (const part of ["a", "/a", "a.", "a-", "/a."]) {
        schema.safeParse(`${part.repeat(50_000)}!\n`);
      }
    }
    assert.ok(performance.now() - began < 2000);
  });
});
