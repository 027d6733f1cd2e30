/** Benign requests: what they answer, and whether two applications answer alike. */
import type { Evidence, Request } from "../core/index.ts";
import { AppFault, printable, type AppInstance } from "../sandbox/index.ts";

/** What must not change: status, media type, body; canaries are masked, other headers vary. */
export interface BenignAnswer {
  readonly request: string;
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface BenignAnswers {
  readonly answers: readonly BenignAnswer[];
  /** Why the list ends early. */
  readonly fault?: AppFault;
}

/** Asks in order, each request for itself, without cookies. */
export async function askBenign(
  app: AppInstance,
  requests: readonly Request[],
  mask: (text: string) => string,
): Promise<BenignAnswers> {
  const answers: BenignAnswer[] = [];
  for (const request of requests) {
    try {
      const reply = await app.request(request);
      answers.push({
        request: `${request.method} ${mask(request.path)}`,
        status: reply.status,
        type: reply.headers["content-type"] ?? "",
        body: mask(reply.body),
      });
    } catch (error) {
      if (!(error instanceof AppFault)) throw error;
      return { answers, fault: error };
    }
  }
  return { answers };
}

/** One piece of evidence per request of the yardstick. */
export function compareBenign(expected: readonly BenignAnswer[], seen: BenignAnswers): Evidence[] {
  return expected.map((want, index) => {
    const got = seen.answers[index];
    const base = { name: "benign answer", request: want.request };
    if (got === undefined) return { ...base, passed: false, detail: seen.fault?.message ?? "not asked" };
    const field = (["status", "type", "body"] as const).find((name) => got[name] !== want[name]);
    const shown = { ...base, status: got.status, excerpt: printable(got.body.slice(0, 300)) };
    return field === undefined
      ? { ...shown, passed: true }
      : { ...shown, passed: false, detail: `${field} differs from the unpatched application's` };
  });
}
