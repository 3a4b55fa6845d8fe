import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { ifThere } from "../../host/docker";
import { buildContext } from "./build-context";
import { makeDebianRoot } from "./debian-root";
import { engineMessages } from "./engine-answer";
import { stopped, unlessStopped } from "./interruption";
import type { Progress } from "./progress";
import { proxyArguments, withoutCredentials } from "./proxy";
import { inputsHash } from "./recipe-inputs";
import type { BuildRecipe, DebianRecipe, Recipe } from "./recipes";
import { CommandError } from "./run-logged";
import { Slots } from "./slots";

/** Label by which the images of Slipway are found. */
export const IMAGE_LABEL = "slipway.image";

/**
 * Makes images from their recipes, each once, what they start from first, as many side by side as there are
 * processors. An image is tagged with the hash of its inputs; one that is there already is taken as it is. After one
 * that failed no other is begun.
 */
export class ImageBuilder {
  private readonly made = new Map<Recipe, Promise<string>>();
  private readonly slots: Slots;
  private failure: Error | undefined;

  constructor(
    private readonly engine: Docker,
    private readonly root: string,
    private readonly progress: Progress,
    private readonly logFolder: string,
    /** Makes those without a version anew, the platform's own: with the packages that there are by now. */
    private readonly rebuild = false,
    sideBySide = cpus().length,
  ) {
    this.slots = new Slots(sideBySide);
  }

  /** The image's id. */
  image(recipe: Recipe): Promise<string> {
    let image = this.made.get(recipe);
    if (!image) {
      image = this.make(recipe);
      this.made.set(recipe, image);
    }
    return image;
  }

  private async make(recipe: Recipe): Promise<string> {
    const repository = repositoryOf(recipe);
    const version = recipe.kind === "build" ? recipe.version : undefined;
    const tag = [version, inputsHash(this.root, recipe)].filter(Boolean).join("-");
    const existing = await this.find(`${repository}:${tag}`);
    if (existing && !(this.rebuild && version === undefined)) return existing;

    const from = recipe.kind === "build" ? await this.image(recipe.from.recipe) : "";
    const id = await this.slots.run(() => this.unlessFailed(recipe, from));
    const image = this.engine.getImage(id);
    await image.tag({ repo: repository, tag });
    await image.tag({ repo: repository, tag: version ?? "latest" });
    return (await image.inspect()).Id;
  }

  /** The other images that wait for their turn fail with the first error. */
  private async unlessFailed(recipe: Recipe, from: string): Promise<string> {
    if (this.failure) throw this.failure;
    const what = `image ${nameOf(recipe, " ")}`;
    try {
      return await this.progress.step(what, "making", () =>
        recipe.kind === "build"
          ? unlessStopped(this.build(recipe, from))
          : makeDebianRoot(this.engine, recipe, this.progress, this.logFolder),
      );
    } catch (error) {
      if (!this.failure && !stopped.aborted) this.progress.line(`${what}: failed; no other image is begun`);
      this.failure ??= error as Error;
      throw error;
    }
  }

  private async find(name: string): Promise<string | undefined> {
    return (await ifThere(this.engine.getImage(name).inspect()))?.Id;
  }

  /** The engine's classic builder: every engine has it, without a plugin and without a hub. */
  private async build(recipe: BuildRecipe, from: string): Promise<string> {
    const log = join(this.logFolder, `${nameOf(recipe, "-")}.log`);
    mkdirSync(dirname(log), { recursive: true });
    writeFileSync(log, "");
    const context = await buildContext(join(this.root, recipe.folder));
    const answer = await this.engine.buildImage(Readable.from(context), {
      buildargs: {
        ...proxyArguments(process.env),
        [recipe.from.argument]: from,
        ...(recipe.version && { VERSION: recipe.version }),
      },
      labels: { [IMAGE_LABEL]: recipe.name },
      nocache: this.rebuild,
      rm: true,
      forcerm: true,
    });
    let output = "";
    let id = "";
    const record = (text: string) => {
      const shown = withoutCredentials(text, process.env);
      output += shown;
      appendFileSync(log, shown);
    };
    try {
      for await (const { stream, aux } of engineMessages(answer)) {
        if (stream) record(stream);
        if (aux?.ID) id = aux.ID;
      }
    } catch (error) {
      record(`${(error as Error).message}\n`);
      throw new CommandError(`image ${recipe.name} could not be built`, output, log);
    }
    return id;
  }
}

/** With its version, if it has one. */
function nameOf(recipe: Recipe, separator: string): string {
  return recipe.kind === "build" && recipe.version ? `${recipe.name}${separator}${recipe.version}` : recipe.name;
}

/** Name under which an image of this machine is tagged. */
export function repositoryOf(recipe: BuildRecipe | DebianRecipe): string {
  return `slipway-${recipe.name}`;
}
