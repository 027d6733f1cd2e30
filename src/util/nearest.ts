/** "Did you mean": the known name closest to a mistyped one. */

/** Undefined when none is close enough to be meant: more than a third of the letters differ (two may always). */
export function nearest(typed: string, known: Iterable<string>): string | undefined {
  const near = [...known]
    .map((name) => ({ name, distance: editDistance(typed.toLowerCase(), name.toLowerCase()) }))
    .filter((each) => each.distance <= Math.max(2, typed.length / 3));
  return near.toSorted((a, b) => a.distance - b.distance)[0]?.name;
}

/** Levenshtein: insertions, deletions and replacements that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let above = [...Array(b.length + 1).keys()];
  for (const [i, letter] of [...a].entries()) {
    const row = [i + 1];
    for (const [j, other] of [...b].entries())
      row.push(Math.min(row[j]! + 1, above[j + 1]! + 1, above[j]! + (letter === other ? 0 : 1)));
    above = row;
  }
  return above.at(-1)!;
}
