/** Exchanges that other tools have saved, and what they say of them. */
import type { z } from "zod";
import {
  InputError,
  type HttpCategory,
  type RequestMessage,
  type ResponseMessage,
} from "../../../core/index.ts";
import { parseRequest, parseResponse } from "../parse.ts";
import type { RefusedRow } from "../rows.ts";

/** What a scanner reports of an exchange, which is not yet a fact. */
export interface Claim {
  readonly name: string;
  /** `CWE-79`, or null where the report names none. */
  readonly cwe: string | null;
  /** Which of our categories decides it; null when none does. */
  readonly category: HttpCategory | null;
}

export interface ReportedExchange {
  /** `session.har: entry 3, GET https://shop.example/`. */
  readonly where: string;
  readonly request: RequestMessage;
  readonly response: ResponseMessage;
  /** What was odd about the messages. */
  readonly notes: readonly string[];
  readonly claim?: Claim;
}

export interface ReadExchanges {
  readonly exchanges: readonly ReportedExchange[];
  readonly refused: readonly RefusedRow[];
}

/** Categories by the numbers of weaknesses that scanners report (cwe.mitre.org). */
const CATEGORIES: Readonly<Record<HttpCategory, readonly number[]>> = {
  XSS: [79, 80, 81, 83, 84, 85, 86, 87, 116],
  HTTP_HEADERS: [16, 319, 346, 451, 524, 525, 693, 1021],
  SQL_ERROR: [89, 564, 943],
  OPEN_REDIRECT: [601],
  CORS: [264, 942, 1385],
  COOKIE_FLAGS: [565, 614, 1004, 1275],
  INFO_LEAK: [200, 201, 209, 210, 211, 215, 497, 530, 531, 538, 541, 548, 550, 598, 615],
};

/** `cwe`: a number, with or without `CWE-` before it; anything else is none. */
export function claimOf(name: string, cwe: string | number | undefined): Claim {
  const number = /^(?:CWE-)?0*([1-9]\d*)$/i.exec(String(cwe ?? ""))?.[1];
  if (number === undefined) return { name, cwe: null, category: null };
  const found = Object.entries(CATEGORIES).find(([, numbers]) => numbers.includes(Number(number)));
  return { name, cwe: `CWE-${number}`, category: (found?.[0] as HttpCategory | undefined) ?? null };
}

/**
 * Parses both messages of an exchange: of one at a place of a report, or of two files. `url` gives the request its
 * scheme back, which a raw message has lost. Throws InputError for a message that cannot be parsed.
 */
export function parseExchange(
  raw: { readonly request: string | Uint8Array; readonly response: string | Uint8Array },
  at: string | { readonly request: string; readonly response: string },
  url?: string,
): ReportedExchange {
  const names = typeof at === "string" ? { request: `${at}: request`, response: `${at}: response` } : at;
  const asked = parseRequest(raw.request, names.request);
  const answered = parseResponse(raw.response, names.response);
  const { method, target } = asked.message;
  const whole = target.startsWith("/") && url !== undefined ? `${originOf(url)}${target}` : target;
  return {
    where: `${typeof at === "string" ? `${at}, ` : ""}${method} ${whole}`,
    request: { ...asked.message, target: whole },
    response: answered.message,
    notes: [
      ...asked.notes.map((note) => `${names.request}: ${note}`),
      ...answered.notes.map((note) => `${names.response}: ${note}`),
    ],
  };
}

const originOf = (url: string): string => /^https?:\/\/[^/?#]+/i.exec(url)?.[0] ?? "";

/** The first thing that is wrong with a part of a report, in words. */
export function faultOf({ issues: [issue] }: z.ZodError): string {
  return `${issue!.path.join(".") || "entry"}: ${issue!.message}`;
}

/** Throws InputError for what is not JSON. */
export function parseJson(text: string, where: string, kind: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new InputError(`${where}: expected ${kind}, got no JSON`);
  }
}
