/** Exchanges out of HAR files, as browsers and proxies save them. */
import { z } from "zod";
import { InputError } from "../../../core/index.ts";
import type { RefusedRow } from "../rows.ts";
import { faultOf, parseJson, type ReadExchanges, type ReportedExchange } from "./exchange.ts";

const fields = z.array(z.object({ name: z.string(), value: z.string() }));
const entrySchema = z.object({
  request: z.object({
    method: z.string().min(1),
    url: z.url(),
    httpVersion: z.string().default("HTTP/1.1"),
    headers: fields,
    postData: z.object({ text: z.string().optional() }).optional(),
  }),
  response: z.object({
    status: z.number().int().min(100).max(599),
    statusText: z.string().default(""),
    httpVersion: z.string().default("HTTP/1.1"),
    headers: fields,
    content: z.object({ text: z.string().optional(), encoding: z.string().optional() }).optional(),
  }),
});

/** Entries that do not fit, such as requests that were blocked, are named with the reason. Throws InputError for another kind of file. */
export function readHar(text: string, where: string): ReadExchanges {
  const root = parseJson(text, where, "a HAR file");
  const file = z.object({ log: z.object({ entries: z.array(z.unknown()) }) }).safeParse(root);
  if (!file.success) throw new InputError(`${where}: log.entries: expected the exchanges of a HAR file`);
  const exchanges: ReportedExchange[] = [];
  const refused: RefusedRow[] = [];
  file.data.log.entries.forEach((raw, index) => {
    const entry = entrySchema.safeParse(raw);
    const at = `${where}: entry ${index + 1}`;
    if (entry.success) exchanges.push(exchange(entry.data, at));
    else refused.push({ where: at, reason: faultOf(entry.error) });
  });
  return { exchanges, refused };
}

function exchange({ request, response }: z.infer<typeof entrySchema>, at: string): ReportedExchange {
  const { text = "", encoding } = response.content ?? {};
  return {
    where: `${at}, ${request.method} ${request.url}`,
    notes: [],
    request: {
      method: request.method,
      // The address keeps the scheme, which the path alone would lose.
      target: request.url.replace(/#.*$/, ""),
      version: version(request.httpVersion),
      headers: request.headers.filter(real).map(({ name, value }) => [name, value] as const),
      body: request.postData?.text ?? "",
    },
    response: {
      version: version(response.httpVersion),
      status: response.status,
      reason: response.statusText,
      headers: response.headers
        .filter(real)
        // Browsers join a repeated field with line ends.
        .flatMap(({ name, value }) => value.split("\n").map((one) => [name, one] as const)),
      body: encoding === "base64" ? Buffer.from(text, "base64").toString("utf8") : text,
    },
  };
}

/** HTTP/2 shows its pseudo-fields, such as `:path`, among the others. */
const real = ({ name }: { readonly name: string }): boolean => !name.startsWith(":");

function version(text: string): string {
  return /^(?:http\/|h)(\d(?:\.\d)?)/i.exec(text)?.[1] ?? "1.1";
}
