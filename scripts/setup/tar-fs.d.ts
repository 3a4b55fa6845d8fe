/** The part of `tar-fs`, a dependency of the Docker client, that is used here. */
declare module "tar-fs" {
  export interface Header {
    name: string;
    mode: number;
    type: "file" | "directory" | "symlink";
  }

  export function pack(
    folder: string,
    options: { entries: string[]; umask: number; map(header: Header): Header },
  ): NodeJS.ReadableStream;
}
