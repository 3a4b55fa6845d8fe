/** The part of `source-map-support`, a dependency of the SDK, that is used here. */
declare module "source-map-support" {
  export function install(options: {
    environment: "node";
    retrieveSourceMap(source: string): { url: string; map: string } | null;
  }): void;
}
