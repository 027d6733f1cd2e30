/** What an error message adds when a name was mistyped. */
import { nearest } from "../util/nearest.ts";

/** `; did you mean X?`, or nothing. */
export function didYouMean(typed: string, known: Iterable<string>): string {
  const name = nearest(typed, known);
  return name === undefined ? "" : `; did you mean ${name}?`;
}
