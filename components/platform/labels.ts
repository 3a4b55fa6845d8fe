/** Labels that everything of a stack carries, so that it can be found and swept. */
export interface Labels {
  stack: string;
  project?: string;
  service?: string;
  release?: string;
}

export function labelMap(labels: Labels): Record<string, string> {
  const entries = Object.entries(labels).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [`slipway.${key}`, value as string]));
}

/** The same in the form of `docker.Container`. */
export function labelList(labels: Labels): { label: string; value: string }[] {
  return Object.entries(labelMap(labels)).map(([label, value]) => ({ label, value }));
}
