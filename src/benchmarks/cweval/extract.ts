/** Which part of an answer is the solution, and what is put around it before it is compiled or run. */

/**
 * `first-fence`: upstream's. From the first line that begins with three backticks to the next such line or the end.
 * `any-fence`: SecCoderX's. Also tildes, indented fences and, where none is closed, the first unclosed one.
 */
export type Extraction = "first-fence" | "any-fence";

export interface Extracted {
  readonly code: string;
  /** False: there is no block, or an empty one, and all of the answer was taken. */
  readonly fenced: boolean;
}

export function extract(answer: string, how: Extraction): Extracted {
  const block = how === "first-fence" ? firstFence(answer) : anyFence(answer);
  return block === undefined || block === ""
    ? { code: answer, fenced: false }
    : { code: block, fenced: true };
}

function firstFence(answer: string): string | undefined {
  const lines = pythonLines(answer);
  const isFence = (line: string): boolean => line.startsWith("```");
  const from = lines.findIndex(isFence);
  if (from < 0) return undefined;
  const inside = lines.slice(from + 1);
  const to = inside.findIndex(isFence);
  return inside.slice(0, to < 0 ? inside.length : to).join("\n");
}

/** What Python counts as white space. */
const SPACE = String.raw`[\s\x1c-\x1f\x85]*`;
const FENCE = String.raw`(?:^|(?<=\n))${SPACE}(?:${"```"}|~~~)`;
const OPEN = String.raw`${FENCE}[\p{L}\p{N}_]*${SPACE}\n([^]*?)`;
const CLOSED = new RegExp(String.raw`${OPEN}${FENCE}${SPACE}(?=\n|$)`, "u");
const BLANK = new RegExp(`^${SPACE}$`);
const UNCLOSED = new RegExp(String.raw`${OPEN}(?=${FENCE}|$)`, "gu");

function anyFence(answer: string): string | undefined {
  const trimmed = (text: string): string => text.replace(/\n+$/, "");
  const closed = CLOSED.exec(answer);
  if (closed !== null) return trimmed(closed[1]!);
  for (const [, inside] of answer.matchAll(UNCLOSED)) if (!BLANK.test(inside!)) return trimmed(inside!);
  return undefined;
}

const ENTRYPOINT = "BEGIN ENTRYPOINT";

/**
 * The solution with the reference's entry point behind it and the language's headers around both; as it is where the
 * reference has no entry point, which is how upstream leaves Python alone.
 */
export function assemble(code: string, reference: string, headers: readonly [string, string]): string {
  const line = pythonLines(reference).find((each) => each.includes(ENTRYPOINT));
  if (line === undefined) return code;
  const entrypoint = reference.split(line)[1]!.trim();
  return `${headers[0]}${code}\n\n${line}\n${entrypoint}\n${headers[1]}`;
}

/** A known solution as a model would answer with it: without the entry point, in a fence. */
export function asAnswer(solution: string): string {
  const line = pythonLines(solution).find((each) => each.includes(ENTRYPOINT));
  return `\`\`\`\n${line === undefined ? solution : solution.split(line)[0]!}\n\`\`\`\n`;
}

/** As Python's splitlines: more ends a line than a line feed, and an end at the end begins no line. */
export function pythonLines(text: string): string[] {
  // oxlint-disable-next-line no-control-regex -- these end lines in Python
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
