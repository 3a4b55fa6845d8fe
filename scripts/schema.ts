/**
 * Writes `docs/projects.schema.json`, with which editors complete and check `projects.yml`.
 *
 *     npx ts-node --transpile-only scripts/schema.ts && npm run format
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectsJsonSchema } from "../config/projects-schema";
import { checkout } from "./checkout";

writeFileSync(join(checkout(), "docs/projects.schema.json"), JSON.stringify(projectsJsonSchema(), null, 2));
