/** The files as the agent has changed them so far, and what the next patch would make of them. */
import { applyPatch, PatchError, type Files, type Patch } from "../../core/patch.ts";

export type Candidate =
  | { readonly kind: "refused"; readonly message: string }
  /** The patch takes everything back. */
  | { readonly kind: "original"; readonly files: Files }
  /** `patch` turns the original files into `files`: whole contents of those that differ. */
  | { readonly kind: "changed"; readonly files: Files; readonly patch: Patch };

/** Applies to the working copy. Pure; a patch that cannot be applied or changes nothing is refused. */
export function propose(original: Files, current: Files, patch: Patch): Candidate {
  let files: Files;
  try {
    files = applyPatch(current, patch);
  } catch (error) {
    if (error instanceof PatchError) return { kind: "refused", message: error.message };
    throw error;
  }
  if (changedFiles(current, files).length === 0)
    return { kind: "refused", message: "the patch changes nothing" };
  const changed = changedFiles(original, files);
  // A lone surrogate would become something else when the file is written as UTF-8.
  const garbled = changed.find((path) => /\p{Surrogate}/u.test(files[path]!));
  if (garbled !== undefined)
    return { kind: "refused", message: `${garbled} would contain text that is not Unicode` };
  if (changed.length === 0) return { kind: "original", files };
  return {
    kind: "changed",
    files,
    patch: Object.fromEntries(changed.map((path) => [path, files[path]!])),
  };
}

export function changedFiles(original: Files, current: Files): string[] {
  return Object.keys(original).filter((path) => original[path] !== current[path]);
}
