/** Reading the files that a person names on the command line. */
import { readFileSync } from "node:fs";
import { InputError } from "../core/errors.ts";

/** Throws InputError that starts with `named`: the path, after its flag where one carried it. */
export function readNamed(path: string, named = path): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new InputError(`${named}: cannot be read`, { cause });
  }
}
