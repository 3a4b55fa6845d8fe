import { releaseImages, type SetupRecord } from "./setup-record";

/** Both versions of every sample, as the commands that make each the live one. */
export function releasesText(record: SetupRecord, registryPort: number): string {
  const releases = new Map(record.samples.map((sample) => [`${sample.project} ${sample.version}`, sample]));
  const blocks = [...releases].map(([title, { project, version }]) => {
    const set = (path: string, value: string) =>
      `./slipway config set --stack local --path slipway:releases.${project}.live.${path} ${value}`;
    const images = Object.entries(releaseImages(record, project, version, registryPort));
    return [
      `# ${title}`,
      set("version", version),
      ...images.map(([container, reference]) => set(`images.${container}`, reference)),
      "",
    ].join("\n");
  });
  return blocks.join("\n");
}
