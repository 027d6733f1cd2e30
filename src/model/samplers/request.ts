/** A JSON request to a model's endpoint: tried again while that can help, at a pace, and never waited for without end. */
import type { z } from "zod";
import { InfraError } from "../../core/index.ts";
import { createPace, sleep } from "./pace.ts";

export interface RequestOptions {
  /** Of the endpoint, in errors. */
  readonly name: string;
  readonly apiKey?: string | undefined;
  readonly perMinute?: number | undefined;
  /** From the start of a try to the last byte of its answer. */
  readonly timeoutMs?: number;
  readonly tries?: number;
  /** Before the second try; doubles from try to try. */
  readonly backoffMs?: number;
}

/** Longest wait before another try, whatever the endpoint asks for. */
const MAX_WAIT_MS = 60_000;
const SHOWN = 160;

/** What `read` makes of the answer's text, and the milliseconds of the try that gave it. */
export type Requests = <T>(
  address: string,
  body: string,
  read: (text: string) => T,
  signal?: AbortSignal,
) => Promise<{ readonly answer: T; readonly ms: number }>;

/** All requests of one endpoint share its pace. They reject with InfraError after the last try. */
export function createRequests(options: RequestOptions): Requests {
  const { name, apiKey, perMinute, timeoutMs = 120_000, tries = 5, backoffMs = 1000 } = options;
  const pace = createPace(perMinute);
  const headers = {
    "content-type": "application/json",
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };

  /** Throws Failure. */
  const once = async (address: string, body: string, signal: AbortSignal | undefined): Promise<string> => {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(address, {
        method: "POST",
        headers,
        body,
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      const text = await response.text();
      if (!response.ok) throw refusal(response, text);
      return text;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Failure) throw error;
      if (limit.aborted) throw new Failure(`no answer within ${timeoutMs / 1000} s`);
      throw new Failure(`cannot be reached: ${reasonOf(error)}`);
    }
  };

  return async (address, body, read, signal) => {
    for (let attempt = 1; ; attempt++) {
      await pace.turn(signal);
      const begun = performance.now();
      try {
        return { answer: read(await once(address, body, signal)), ms: performance.now() - begun };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.final || attempt >= tries) {
          const after = attempt === 1 ? "" : `, after ${attempt} tries`;
          throw new InfraError("provider", `${name}: ${error.message}${after}`);
        }
        // The same seconds for all would bring all back at once.
        const wait = backoffMs * 2 ** (attempt - 1) * (0.5 + Math.random());
        if (error.waitMs === undefined) await sleep(Math.min(wait, MAX_WAIT_MS), signal);
        else pace.pause(Math.min(error.waitMs, MAX_WAIT_MS));
      }
    }
  };
}

/** Of one try. */
class Failure extends Error {
  /** Trying again would give the same. */
  readonly final: boolean;
  /** What the endpoint asked to wait. */
  readonly waitMs: number | undefined;

  constructor(message: string, final = false, waitMs?: number) {
    super(message);
    this.final = final;
    this.waitMs = waitMs;
  }
}

/** Throws Failure for a text that is not JSON or lacks something. */
export function readAs<T>(schema: z.ZodType<T>, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Failure(`answered what is not JSON: ${oneLine(text)}`);
  }
  const answer = schema.safeParse(json);
  if (answer.success) return answer.data;
  const issue = answer.error.issues[0]!;
  throw new Failure(`answered without ${issue.path.join(".") || "an object"}: ${oneLine(text)}`);
}

function refusal(response: Response, text: string): Failure {
  const { status } = response;
  const passes = status === 408 || status === 425 || status === 429 || status >= 500;
  return new Failure(
    `HTTP ${status}: ${oneLine(text)}`,
    !passes,
    passes ? waitOf(response.headers.get("retry-after")) : undefined,
  );
}

/** Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now. */
function waitOf(header: string | null): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const ms = Number.isFinite(Number(header)) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

const oneLine = (text: string): string =>
  text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, SHOWN) || "nothing";

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
