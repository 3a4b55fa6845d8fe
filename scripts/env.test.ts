import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import { loadProjects } from "../config/projects-file";
import { assignedOf } from "./env";

describe("env import", () => {
  const project = {
    variables: { required: ["DATABASE_URL"] },
    containers: { mail: { health: { command: ["ping"] } } },
  };
  const text = stringify({ projects: { shop: { ...project, database: "shared" }, blog: project } });
  const projects = loadProjects(text, "projects.yml", "local");
  const lines = [{ name: "DATABASE_URL", value: "postgresql://blog", line: 3 }];

  it("MT-04 gives the address of a database to no project that has the shared one", () => {
    const assigned = assignedOf(lines, projects, { file: ".env", project: undefined, stack: undefined });
    assert.deepEqual(
      assigned.map((it) => it.project),
      ["blog"],
    );
    const [shop] = projects;
    assert.throws(
      () => assignedOf(lines, shop ? [shop] : [], { file: ".env", project: "shop", stack: undefined }),
      /^Error: \.env:3 DATABASE_URL: database: shared sets it for shop; remove this line$/,
    );
  });
});
