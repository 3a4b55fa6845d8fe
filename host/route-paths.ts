/** The two files of a generation of the gateway that route a project's requests to its release. */
export function routePaths(project: string): { upstreams: string; locations: string } {
  return { upstreams: `routes/${project}/upstreams.conf`, locations: `routes/${project}/locations.conf` };
}
