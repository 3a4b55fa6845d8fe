import type { Project } from "./project";

/** What a project has that says nothing about accessories, backups and deploys: the defaults of the schema. */
export const defaults: Pick<Project, "accessories" | "backup" | "deploy"> = {
  accessories: [],
  backup: { format: "zstd", keep: 7, retentionDays: 7 },
  deploy: {
    watchSeconds: 600,
    settleSeconds: 30,
    holdSeconds: 60,
    intervalSeconds: 10,
    failures: 3,
    errorRate: 0.1,
    minimumRequests: 20,
    latencyFactor: 3,
    latencyFloorMs: 250,
    latencyRequests: 100,
    automaticRollback: true,
    database: "auto",
    drainSeconds: 30,
    keepImages: 5,
    freeGB: 5,
    pullSeconds: 900,
    startSeconds: 300,
  },
};
