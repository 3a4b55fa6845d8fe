/** What `init` asks; unchecked. */
export interface Answers {
  name: string;
  domain: string;
  port: string;
}

/** A `projects.yml` with one project. Answers are quoted as JSON, which is YAML, so that none can add a key. */
export function projectsText({ name, domain, port }: Answers, schema: string): string {
  const number = /^\d{1,5}$/.test(port) ? port : quoted(port);
  return `# yaml-language-server: $schema=${schema}
# The projects of this installation. Every key is described in docs/projects.reference.yml.
projects:
  ${plain(name)}:
    domains:
      local: [${plain(domain)}]
    containers:
      web:
        port: ${number}
        health:
          path: /
`;
}

/** As it is where it can be nothing but a word. */
function plain(text: string): string {
  return /^[a-z][a-z0-9.-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/.test(text) ? text : quoted(text);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
