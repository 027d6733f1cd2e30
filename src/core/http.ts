/** HTTP messages, and labelled pairs of request and response: what HTTP triage reads, writes and learns from. */
import { z } from "zod";

export const HTTP_CATEGORIES = [
  "HTTP_HEADERS",
  "XSS",
  "SQL_ERROR",
  "OPEN_REDIRECT",
  "CORS",
  "COOKIE_FLAGS",
  "INFO_LEAK",
] as const;
export type HttpCategory = (typeof HTTP_CATEGORIES)[number];

/** Header fields in the order and spelling in which they were sent; a name may occur several times. */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

export interface RequestMessage {
  readonly method: string;
  /** As on the request line: a path with its query, or an absolute address. */
  readonly target: string;
  /** For instance `1.1` or `2`. */
  readonly version: string;
  readonly headers: HeaderFields;
  /** Decoded text: without chunks and compression. */
  readonly body: string;
}

export interface ResponseMessage {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderFields;
  readonly body: string;
}

/** Every value sent under a name, in order; names are compared without case. */
export function fieldValues(headers: HeaderFields, name: string): string[] {
  return headers.filter(([one]) => one.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

/** The values of a field joined with `, `, as the standard lets a recipient do; undefined without any. */
export function fieldValue(headers: HeaderFields, name: string): string | undefined {
  const values = fieldValues(headers, name);
  return values.length === 0 ? undefined : values.join(", ");
}

/** The one observation that makes a verdict true. */
export const httpFactSchema = z.strictObject({
  /** Rule of the policy, for instance `hsts-missing`; of a sound pair, why there is nothing, such as `inert-encoded`. */
  rule: z.string().min(1),
  /** Where to look: `response header strict-transport-security`, `response body`. */
  where: z.string().min(1),
  /** What stands there, shortened; empty when the point is that nothing does. */
  evidence: z.string(),
  /** One sentence for people. */
  says: z.string().min(1),
});
export type HttpFact = z.infer<typeof httpFactSchema>;

export const httpProvenanceSchema = z.strictObject({
  /** `construction`: made by a generator whose labels follow from how the pair was made. */
  source: z.enum(["construction", "model", "import"]),
  /** Pairs of one template never stand in two splits. */
  template: z.string().optional(),
  split: z.enum(["train", "dev", "test"]).optional(),
  seed: z.number().int().optional(),
  /** What was changed on the sound template, in words; empty for a sound pair that only looks alarming. */
  changes: z.array(z.string()).default([]),
  /** The pair that differs only by these changes. */
  twin: z.string().optional(),
});
export type HttpProvenance = z.infer<typeof httpProvenanceSchema>;

/** One row: the messages as raw text, the label and what proves it. Foreign rows may lack all but the first five. */
export const httpPairSchema = z.object({
  id: z.string().min(1),
  request: z.string().min(1),
  response: z.string().min(1),
  is_vulnerable: z.boolean(),
  category: z.enum(HTTP_CATEGORIES),
  analysis: z.string().default(""),
  fact: httpFactSchema.optional(),
  provenance: httpProvenanceSchema.optional(),
});
export type HttpPair = z.infer<typeof httpPairSchema>;
