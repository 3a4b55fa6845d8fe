const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

/**
 * Gives images that a registry has further tags: `v1`, `v2` and so on, in turn. So there are as many versions to deploy
 * as are wanted, of images that are on the machine already.
 */
export async function tagVersions(
  registryPort: number,
  path: string,
  tags: string[],
  count: number,
): Promise<string[]> {
  const url = (tag: string) => `http://127.0.0.1:${registryPort}/v2/${path}/manifests/${tag}`;
  const manifests = await Promise.all(
    tags.map(async (tag) => (await checked(await fetch(url(tag), { headers: { accept: MANIFEST } }))).text()),
  );
  const versions = Array.from({ length: count }, (_, index) => `v${index + 1}`);
  for (const [index, version] of versions.entries()) {
    const body = manifests[index % manifests.length] as string;
    await checked(await fetch(url(version), { method: "PUT", headers: { "content-type": MANIFEST }, body }));
  }
  return versions;
}

async function checked(answer: Response): Promise<Response> {
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}`);
  return answer;
}
