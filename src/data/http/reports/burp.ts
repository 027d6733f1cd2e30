/**
 * Exchanges out of the XML that Burp Suite saves: items (`<items><item>`: a request and its response) and reports of
 * issues (`<issues><issue>`, with any number of `<requestresponse>`).
 */
import { XMLParser } from "fast-xml-parser";
import { z } from "zod";
import { InputError } from "../../../core/index.ts";
import type { RefusedRow } from "../rows.ts";
import {
  claimOf,
  faultOf,
  parseExchange,
  type Claim,
  type ReadExchanges,
  type ReportedExchange,
} from "./exchange.ts";

/** With an attribute, an element's text is under `#text`. */
const message = z
  .union([
    z.string().transform((text) => ({ "#text": text, base64: "false" })),
    z.object({ "#text": z.string().default(""), base64: z.string().default("false") }),
  ])
  .transform((one) => Buffer.from(one["#text"], one.base64 === "true" ? "base64" : "utf8"))
  .refine((bytes) => bytes.length > 0, "expected a message, got nothing");
const texts = z.union([
  z.string(),
  z.object({ "#text": z.string().default("") }).transform((one) => one["#text"]),
]);

const exchangeSchema = z.object({ request: message, response: message });
const itemSchema = exchangeSchema.extend({ url: texts.optional() });
const issueSchema = z.object({
  name: texts,
  host: texts.optional(),
  vulnerabilityClassifications: texts.optional(),
  requestresponse: z.array(z.unknown()).default([]),
});

/** Elements that may stand once or many times. */
const LISTS = new Set(["items.item", "issues.issue", "issues.issue.requestresponse"]);

/** What cannot be read is named with the reason. Throws InputError for another kind of file. */
export function readBurp(text: string, where: string): ReadExchanges {
  const exchanges: ReportedExchange[] = [];
  const refused: RefusedRow[] = [];
  const add = (raw: unknown, at: string, url?: string, claim?: Claim): void => {
    const item = itemSchema.safeParse(raw);
    if (!item.success) return void refused.push({ where: at, reason: faultOf(item.error) });
    try {
      const exchange = parseExchange(item.data, at, url ?? item.data.url);
      exchanges.push(claim === undefined ? exchange : { ...exchange, claim });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused.push({ where: at, reason: error.message });
    }
  };
  const { items, issues } = rootOf(text, where);
  items.forEach((item, index) => add(item, `${where}: item ${index + 1}`));
  issues.forEach((raw, index) => {
    const at = `${where}: issue ${index + 1}`;
    const issue = issueSchema.safeParse(raw);
    if (!issue.success) return void refused.push({ where: at, reason: faultOf(issue.error) });
    const { name, host, vulnerabilityClassifications = "", requestresponse } = issue.data;
    const claim = claimOf(name, /CWE-\d+/.exec(vulnerabilityClassifications)?.[0]);
    if (requestresponse.length === 0)
      refused.push({ where: at, reason: "no request and response: save the report with both" });
    for (const exchange of requestresponse) add(exchange, at, host, claim);
  });
  return { exchanges, refused };
}

function rootOf(text: string, where: string): { items: readonly unknown[]; issues: readonly unknown[] } {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    parseTagValue: false,
    // The messages' white space is theirs.
    trimValues: false,
    isArray: (_name, path) => LISTS.has(String(path)),
  });
  let root: unknown;
  try {
    root = parser.parse(text, true);
  } catch (error) {
    throw new InputError(`${where}: expected XML as Burp Suite saves it: ${(error as Error).message}`);
  }
  const list = z.array(z.unknown()).default([]);
  const { data } = z
    .object({ items: z.object({ item: list }).optional(), issues: z.object({ issue: list }).optional() })
    .safeParse(root);
  if (data?.items === undefined && data?.issues === undefined)
    throw new InputError(`${where}: expected <items> or <issues> as Burp Suite saves them`);
  return { items: data.items?.item ?? [], issues: data.issues?.issue ?? [] };
}
