/** What a triage model thinks of exchanges, beside the oracle's verdicts. */
import type { HttpCategory, HttpPair, RequestMessage, ResponseMessage } from "../core/http.ts";
import { printRequest, printResponse } from "../data/http/index.ts";
import { openTriageModel } from "../envs/http/model.ts";
import type { Bounds } from "./http-sweep.ts";

export interface Opinion {
  readonly category: HttpCategory;
  /** By the classification head. */
  readonly vulnerable: boolean;
  readonly probability: number;
  /** By the language head, when asked for; its verdict may differ, and null is none. */
  readonly analysis?: { readonly text: string; readonly vulnerable: boolean | null };
}

interface Exchange {
  readonly where: string;
  readonly request: RequestMessage;
  readonly response: ResponseMessage;
  readonly verdicts: readonly { readonly category: HttpCategory }[];
}

/** For each exchange the opinions of its categories that the model has a head for. */
export async function opinionsOf(
  folder: string,
  exchanges: readonly Exchange[],
  { bounds, threads }: { readonly bounds: Bounds | undefined; readonly threads: number },
): Promise<Opinion[][]> {
  const model = await openTriageModel(folder, threads);
  try {
    const out: Opinion[][] = exchanges.map(() => []);
    for (const [category, parts] of Object.entries(model.categories) as [HttpCategory, { head?: string }][]) {
      if (parts.head === undefined) continue;
      const indices = [...exchanges.keys()].filter((index) =>
        exchanges[index]!.verdicts.some((one) => one.category === category),
      );
      const pairs = indices.map((index): HttpPair => {
        const { where, request, response } = exchanges[index]!;
        const raw = { request: printRequest(request), response: printResponse(response) };
        return { id: where, ...raw, is_vulnerable: false, category, analysis: "" };
      });
      const verdicts = await model.classify(pairs, category);
      const written =
        bounds === undefined
          ? undefined
          : await model.write(pairs, category, {
              bounds,
              enforce: true,
              copies: 1,
              temperature: 0,
              seed: 1,
              engineered: false,
              adapted: true,
            });
      verdicts.forEach(({ probability, vulnerable }, at) => {
        const said = written?.[at]?.[0];
        out[indices[at]!]!.push({
          category,
          vulnerable,
          probability,
          ...(said === undefined ? {} : { analysis: { text: said.analysis, vulnerable: said.vulnerable } }),
        });
      });
    }
    return out;
  } finally {
    await model.close();
  }
}
