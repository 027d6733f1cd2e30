/** Reads what is never shown from the order of what is: one question for each bit. */
import type { ScriptContext } from "../../src/core/index.ts";

const SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Asks in which of two orders the inspections come; the order answers `condition`. */
async function answers({ request, expect }: ScriptContext, path: string, condition: string): Promise<string> {
  const sort = `CASE WHEN ${condition} THEN id ELSE -id END`;
  const { status, body } = await request(`${path}?sort=${encodeURIComponent(sort)}`);
  expect(status === 200, "the books to be asked");
  return body;
}

/** The code of a keeper, sign by sign, by halving what it may be. */
async function spell(context: ScriptContext, path: string, name: string, code: string): Promise<void> {
  const yes = await answers(context, path, "1=1");
  context.expect(yes !== (await answers(context, path, "1=2")), "two orders");
  let known = "";
  while (known.length < code.length) {
    let [low, high] = [0, SIGNS.length];
    const sorted = [...SIGNS].toSorted();
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const of = `substr((SELECT code FROM keepers WHERE name='${name}')/**/,/**/${known.length + 1}/**/,/**/1)`;
      // Commas part the columns of an order, and come back where they were.
      const is = (await answers(context, path, `${of} < '${sorted[middle]}'`)) === yes;
      if (is) high = middle;
      else low = middle;
    }
    known += sorted[low]!;
    context.expect(code.startsWith(known), "the code of a keeper");
  }
}

export async function codeOfSigne(context: ScriptContext): Promise<void> {
  await spell(context, "/inspections", "Signe", "{{canary:signe}}");
}

export async function codeOfAkselInPrint(context: ScriptContext): Promise<void> {
  await spell(context, "/inspections.txt", "Aksel", "{{canary:aksel}}");
}
