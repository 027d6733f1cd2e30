/** Whether an answer is slow because of what was asked, and not because the machine was busy for a moment. */
import type { Expectation, Request } from "../core/index.ts";
import { AppFault, type AppInstance, type HttpReply } from "../sandbox/index.ts";
import { captured, type Captures } from "./captures.ts";

type Slower = Extract<Expectation, { kind: "slower" }>;

const ATTEMPTS = 3;
/** A quicker answer than this is mostly the measurement itself. */
const FLOOR_MS = 5;

/**
 * Sends the request again until it has been slow three times; empty, or why it is not slow. One quick answer shows that
 * the request need not take long, and noise cannot make an answer quick. Throws AppFault when the application gives no
 * answer for another reason than time.
 */
export async function staysSlow(
  app: AppInstance,
  request: Request,
  first: Pick<HttpReply, "ms">,
  { than, factor }: Slower,
  captures: Captures,
): Promise<string> {
  const limit = Math.max(FLOOR_MS, captured(than, captures).ms) * factor;
  let { ms } = first;
  for (let attempt = 1; ms >= limit && attempt < ATTEMPTS; attempt++) {
    try {
      ({ ms } = await app.request(request));
    } catch (error) {
      // No answer within the time limit is as slow as it gets.
      if (!(error instanceof AppFault) || error.kind !== "timeout") throw error;
    }
  }
  return ms >= limit ? "" : `expected an answer after ${Math.round(limit)} ms or more, not ${ms.toFixed(1)}`;
}
