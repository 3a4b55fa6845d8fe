import type { StoredResource } from "../state/deployment-file";

export interface TreeOptions {
  showIds?: boolean;
  showUrns?: boolean;
}

interface Row {
  type: string;
  name: string;
  /** Lines below the row, not aligned with the columns. */
  details: string[];
}

const MARGIN = "    ";

/** The resources of a stack under their parents, in the order of the state; what has no parent comes last. */
export function resourceTree(resources: StoredResource[], options: TreeOptions): string {
  const children = new Map<unknown, StoredResource[]>();
  for (const resource of resources) children.set(resource.parent, [...(children.get(resource.parent) ?? []), resource]);
  const tops = children.get(undefined) ?? [];
  const root = tops.find(({ type }) => type === "pulumi:pulumi:Stack");
  if (root) children.set(root.urn, [...(children.get(root.urn) ?? []), ...tops.filter((top) => top !== root)]);

  const rows = (root ? [root] : resources).flatMap((top) => branch(top, "", "", root ? children : new Map(), options));
  const width = Math.max("TYPE".length, ...rows.map(({ type }) => type.length));
  const lines = [{ type: "TYPE", name: "NAME", details: [] }, ...rows].flatMap(({ type, name, details }) => [
    `${MARGIN}${type.padEnd(width)}  ${name}`,
    ...details,
  ]);
  return lines.map((line) => `${line}\n`).join("");
}

function branch(
  resource: StoredResource,
  padding: string,
  fork: string,
  children: Map<unknown, StoredResource[]>,
  options: TreeOptions,
): Row[] {
  const below = children.get(resource.urn) ?? [];
  const deeper = padding + (fork === "├─ " ? "│  " : fork === "└─ " ? "   " : "");
  const lead = `${MARGIN}${deeper}${below.length > 0 ? "│  " : "   "}`;
  const row: Row = {
    type: `${padding}${fork}${resource.type}`,
    name: resource.urn.split("::").slice(3).join("::"),
    details: [
      ...(options.showUrns ? [`${lead}URN: ${resource.urn}`] : []),
      ...(options.showIds && resource.id ? [`${lead}ID: ${resource.id}`] : []),
    ],
  };
  const forks = below.map((child, index) =>
    branch(child, deeper, index < below.length - 1 ? "├─ " : "└─ ", children, options),
  );
  return [row, ...forks.flat()];
}
