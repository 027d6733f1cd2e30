/** Writing the files that a person names on the command line. */
import { InputError } from "../core/errors.ts";
import { writeFileAtomic } from "../runs/files.ts";

/** Whole or not at all. Throws InputError that names the path. */
export function writeNamed(path: string, text: string): void {
  try {
    writeFileAtomic(path, text);
  } catch (cause) {
    throw new InputError(`${path}: cannot be written (${(cause as Error).message})`, { cause });
  }
}
