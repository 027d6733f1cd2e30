/** Finds recipes/NAME beside the sources, or a recipe file by its path, and checks that it exports a recipe. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { InputError } from "../core/errors.ts";
import type { Recipe } from "../runs/recipe.ts";
import { didYouMean } from "./suggest.ts";

const HERE = fileURLToPath(import.meta.url);
/** Sources are run as .ts and the build as .js; recipes come as this file does. */
const EXTENSION = extname(HERE);
const FOLDER = join(dirname(HERE), "../../recipes");

export function recipeNames(): string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(EXTENSION) && !/\.(test|d)\.ts$/.test(name))
    .map((name) => basename(name, EXTENSION))
    .sort();
}

/** `name` is a recipe's name or the path of a file that exports `recipe`. Throws InputError when there is none. */
export async function loadRecipe(name: string): Promise<Recipe> {
  const isPath = name.includes("/");
  const path = isPath ? resolve(name) : join(FOLDER, `${name}${EXTENSION}`);
  if (!existsSync(path)) {
    if (isPath) throw new InputError(`no such recipe file: ${name}`);
    const known = recipeNames();
    throw new InputError(`unknown recipe ${JSON.stringify(name)}${didYouMean(name, known)}`, {
      hint: `recipes: ${known.join(", ")}`,
    });
  }
  const module = (await import(pathToFileURL(path).href)) as { recipe?: Partial<Recipe> };
  const { recipe } = module;
  if (recipe?.schema === undefined || typeof recipe.run !== "function")
    throw new InputError(`${path}: expected an export named recipe`, { hint: "see defineRecipe" });
  return recipe as Recipe;
}
