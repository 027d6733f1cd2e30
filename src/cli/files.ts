/** Reading and writing the files that a person names on the command line. */
import { readFileSync } from "node:fs";
import { InputError } from "../core/errors.ts";
import { writeFileAtomic } from "../runs/files.ts";

/** Throws InputError that starts with `named`: the path, after its flag where one carried it. */
export function readNamed(path: string, named = path): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new InputError(`${named}: cannot be read`, { cause });
  }
}

/** Whole or not at all. Throws InputError that names the path. */
export function writeNamed(path: string, text: string): void {
  try {
    writeFileAtomic(path, text);
  } catch (cause) {
    throw new InputError(`${path}: cannot be written (${(cause as Error).message})`, { cause });
  }
}
