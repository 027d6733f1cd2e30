/** Vectors of an embedding model, by calls that are kept, counted and bounded like all others. */
import { InfraError } from "../../core/index.ts";
import { isAnswer, type Calls } from "./calls.ts";
import { unit, type Vector } from "./cluster.ts";

/**
 * Unit vectors of texts; a completion of `calls` is a vector as a JSON list. Throws InfraError when one is missing or
 * of another width than the rest: without it nobody can say what is unlike what.
 */
export const modelVectors =
  (calls: Calls) =>
  async (texts: readonly string[]): Promise<Vector[]> => {
    const answers = await calls.all(
      "vectors",
      texts.map((prompt) => ({ prompt, seed: 0 })),
    );
    const reasons = [...new Set(answers.filter((answer) => !isAnswer(answer)))].join(", ");
    const found = answers.filter(isAnswer).map(({ text }) => unit(Float64Array.from(JSON.parse(text))));
    if (found.length < texts.length)
      throw new InfraError(
        "provider",
        `${texts.length - found.length} of ${texts.length} vectors are missing (${reasons}); those that came are kept`,
      );
    const other = found.find(({ length }) => length !== found[0]!.length);
    if (other !== undefined)
      throw new InfraError("provider", `vectors of ${found[0]!.length} and of ${other.length} numbers`);
    return found;
  };
