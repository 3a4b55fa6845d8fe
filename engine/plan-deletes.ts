import type { Row } from "./journal";
import { references } from "./references";
import type { ResourceState } from "./state";
import type { Step } from "./step";
import type { Urn } from "./urn";

export interface DeleteContext {
  /** In the order of the state. */
  rows: readonly Row[];
  isCondemned(row: Row): boolean;
}

/**
 * The deletes of a run in layers, to be done one after another: whatever depends on something is in an earlier layer
 * than that, children come before parents and resources before their providers.
 */
export function deleteLayers({ rows, isCondemned }: DeleteContext): Step[][] {
  const condemned = rows.filter(isCondemned);
  const depth = depths(condemned);
  const layers: Step[][] = [];
  const urns = new Set(condemned.map((row) => row.state.urn));
  for (const row of [...condemned].reverse()) {
    const level = depth.get(row) ?? 0;
    const layer = layers[level] ?? [];
    layer.push(deleteStep(row, urns));
    layers[level] = layer;
  }
  return layers.reverse();
}

function deleteStep(row: Row, condemned: ReadonlySet<Urn>): Step {
  const { state } = row;
  if (state.pendingReplacement) return { kind: "forget", row };
  const withOther = state.deletedWith !== undefined && condemned.has(state.deletedWith);
  return { kind: "delete", row, half: state.delete ?? false, callProvider: isProvidersToDelete(state) && !withOther };
}

/** Whether its provider is to delete it: not what was only read, nor what is to be kept. */
export function isProvidersToDelete({ custom, external, retainOnDelete }: ResourceState): boolean {
  return custom && !external && !retainOnDelete;
}

/** 0 for what depends on nothing condemned, else one more than the deepest of what it depends on. */
function depths(condemned: readonly Row[]): Map<Row, number> {
  const graph = new DependencyGraph(condemned);
  const depth = new Map<Row, number>();
  // A state lists everything after what it depends on, so one pass in its order is enough.
  for (const row of condemned) {
    let level = 0;
    for (const dependency of graph.dependenciesOf(row)) level = Math.max(level, (depth.get(dependency) ?? -1) + 1);
    depth.set(row, level);
  }
  return depth;
}

/** Which of some rows depend on which others; to depend on a component is to depend on its earlier children, too. */
export class DependencyGraph {
  private readonly byUrn = new Map<Urn, Row[]>();
  private readonly children = new Map<Urn, Row[]>();
  private readonly position = new Map<Row, number>();

  constructor(rows: readonly Row[]) {
    rows.forEach((row, index) => {
      this.position.set(row, index);
      push(this.byUrn, row.state.urn, row);
      if (row.state.parent) push(this.children, row.state.parent, row);
    });
  }

  dependenciesOf(row: Row): Set<Row> {
    const found = new Set<Row>();
    const { parent } = row.state;
    for (const { urn, id } of references(row.state)) {
      for (const dependency of this.byUrn.get(urn) ?? []) {
        if (id !== undefined && dependency.state.id !== id) continue;
        this.add(found, dependency, row, urn !== parent && !dependency.state.custom);
      }
    }
    return found;
  }

  private add(found: Set<Row>, dependency: Row, of: Row, withChildren: boolean): void {
    if (found.has(dependency) || !this.isEarlier(dependency, of)) return;
    found.add(dependency);
    if (!withChildren) return;
    for (const child of this.children.get(dependency.state.urn) ?? []) {
      this.add(found, child, of, !child.state.custom);
    }
  }

  private isEarlier(a: Row, b: Row): boolean {
    return (this.position.get(a) ?? 0) < (this.position.get(b) ?? 0);
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
