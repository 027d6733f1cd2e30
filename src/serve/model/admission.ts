/** How many answers are asked for at once, and the way to the engine: nothing is begun beyond the limit. */
import type { Generation, GenerationEngine } from "../../model/generation/engine.ts";
import type { AnswerPart } from "../../model/generation/answer.ts";
import type { GenerationRequest } from "../../model/generation/request.ts";
import { ApiError } from "./errors.ts";
import type { EndpointMetrics } from "./metrics.ts";

export interface Admission {
  /** Answers asked for and not over. */
  readonly asked: number;
  /**
   * Starts the requests of one HTTP request, all or none; `signal` ends them. Throws ApiError 429 when there are too
   * many answers already.
   */
  start(requests: readonly GenerationRequest[], signal: AbortSignal): Promise<Job>;
}

/** The generations of one HTTP request. */
export interface Job {
  readonly promptTokens: number;
  /** Of all generations, in the order in which they come; `prompt` says of which. Ends when all have. */
  each(read: (prompt: number, part: AnswerPart) => void): Promise<void>;
  cancel(): void;
  /** Tokens drawn so far. */
  readonly newTokens: number;
}

const RETRY = "too many requests at once; try again in a moment";

/** `limit`: answers at once, those being computed and those that wait. */
export function createAdmission(
  engine: GenerationEngine,
  metrics: EndpointMetrics,
  limit: number,
): Admission {
  let asked = 0;
  return {
    get asked() {
      return asked;
    },
    async start(requests, signal) {
      const answers = requests.reduce((sum, { seeds }) => sum + seeds.length, 0);
      if (answers > limit) throw new ApiError(400, `${answers} answers at once; at most ${limit}`, null, "n");
      if (asked + answers > limit) throw new ApiError(429, RETRY, "queue_full");
      const begun = performance.now();
      asked += answers;
      let open = true;
      const close = (): void => {
        if (open) asked -= answers;
        open = false;
      };
      const generations: Generation[] = [];
      try {
        for (const request of requests) {
          signal.throwIfAborted();
          generations.push(await engine.generate(request));
        }
      } catch (error) {
        for (const generation of generations) generation.cancel();
        close();
        throw error;
      }
      const promptTokens = generations.reduce((sum, generation) => sum + generation.promptTokens, 0);
      let [newTokens, left, cancelled] = [0, answers, false];
      const end = (): void => {
        if (!open) return;
        close();
        signal.removeEventListener("abort", cancel);
        metrics.generation({ promptTokens, newTokens, cancelled });
        metrics.whole((performance.now() - begun) / 1000);
      };
      const cancel = (): void => {
        cancelled ||= left > 0;
        for (const generation of generations) generation.cancel();
        end();
      };
      signal.addEventListener("abort", cancel, { once: true });
      if (signal.aborted) cancel();
      return {
        promptTokens,
        cancel,
        get newTokens() {
          return newTokens;
        },
        async each(read) {
          const follow = async ({ parts }: Generation, prompt: number): Promise<void> => {
            for await (const part of parts) {
              if (newTokens++ === 0) metrics.firstToken((performance.now() - begun) / 1000);
              if (part.finish !== undefined) left--;
              if (part.finish === "error") throw new ApiError(500, part.problem ?? "the engine failed");
              read(prompt, part);
            }
          };
          try {
            await Promise.all(generations.map(follow));
          } catch (error) {
            cancel();
            throw error;
          } finally {
            end();
          }
        },
      };
    },
  };
}
