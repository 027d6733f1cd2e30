/** An OpenAI-compatible `/embeddings` endpoint, asked for the vector of one text at a time. */
import { z } from "zod";
import type { Sampler } from "../../core/index.ts";
import { addressOf, type EndpointOptions } from "./endpoint.ts";
import { createRequests, readAs } from "./request.ts";

const ANSWER = z.looseObject({
  data: z.array(z.looseObject({ embedding: z.array(z.number()).min(1) })).length(1),
  usage: z.looseObject({ prompt_tokens: z.int().nullish() }).nullish(),
});

/**
 * A sampler whose completion of a text is its vector, as a JSON list: so what keeps, counts and bounds paid calls does
 * it for these as well. Seed and sampling options are not sent.
 */
export function createEmbeddingSampler(
  options: Omit<EndpointOptions, "api" | "template" | "system">,
): Sampler {
  const { name, url, model, parallel = 8 } = options;
  const request = createRequests(options);
  const address = addressOf(url, "embeddings");
  return {
    name,
    identity: { url, model, api: "embeddings" },
    parallel,
    complete: async ({ prompt }, _, signal) => {
      const body = JSON.stringify({ model, input: prompt, encoding_format: "float" });
      const { answer, ms } = await request(address, body, (text) => readAs(ANSWER, text), signal);
      return {
        text: JSON.stringify(answer.data[0]!.embedding),
        finished: true,
        promptTokens: answer.usage?.prompt_tokens ?? null,
        completionTokens: 0,
        ms,
      };
    },
    close: async () => {},
  };
}
