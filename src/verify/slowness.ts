/** Whether an answer is slow because of what was asked, and not because the machine was busy for a moment. */
import type { Expectation, Request } from "../core/index.ts";
import { AppFault, type AppInstance, type HttpReply } from "../sandbox/index.ts";
import { captured, fillAgain, type Captures } from "./captures.ts";

type Slower = Extract<Expectation, { kind: "slower" }>;

const ATTEMPTS = 3;
/** A quicker answer than this is mostly the measurement itself. */
const FLOOR_MS = 5;

/**
 * Compares the quickest of up to three answers with the quickest of up to three harmless ones, asked for beside them;
 * empty, or why it is not slow. Noise makes answers slow and never quick, so the quickest of several says what a
 * request needs. Throws AppFault when the application gives no answer for another reason than time.
 */
export async function staysSlow(
  app: AppInstance,
  request: Request,
  first: Pick<HttpReply, "ms">,
  { than, factor }: Slower,
  captures: Captures,
): Promise<string> {
  const control = captured(than, captures);
  let [slow, quick] = [first.ms, control.ms];
  const limit = (): number => Math.max(FLOOR_MS, quick) * factor;
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    // Too quick beside any control.
    if (slow < FLOOR_MS * factor) break;
    if (quick > FLOOR_MS)
      quick = Math.min(quick, (await answerOrNever(app, fillAgain(control.request, attempt))).ms);
    // Too quick so far, which only a control that was held up can change.
    if (slow < limit()) continue;
    slow = Math.min(slow, (await answerOrNever(app, fillAgain(request, attempt))).ms);
  }
  return slow >= limit()
    ? ""
    : `expected an answer after ${Math.round(limit())} ms or more, not ${slow.toFixed(1)}`;
}

const NEVER: HttpReply = { status: 0, headers: {}, cookies: [], body: "", ms: Infinity };

/** The answer; where none comes within the time limit, one that took for ever: that is as slow as it gets. */
export async function answerOrNever(app: AppInstance, request: Request): Promise<HttpReply> {
  try {
    return await app.request(request);
  } catch (error) {
    if (!(error instanceof AppFault) || error.kind !== "timeout") throw error;
    return NEVER;
  }
}
