/** Does a browser parse this answer as a document that can hold scripts? */
import type { HttpReply } from "../sandbox/index.ts";

const MARKUP = new Set([
  "text/html",
  "application/xhtml+xml",
  "image/svg+xml",
  "text/xml",
  "application/xml",
]);
const UNKNOWN = new Set(["", "unknown/unknown", "application/unknown", "*/*"]);
/** What the MIME sniffing standard takes for HTML, each followed by a space or `>`. */
const SNIFFED =
  /^[\t\n\f\r ]*<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)[ >]/i;
const SNIFFED_XML = /^[\t\n\f\r ]*<\?xml/;

export function rendersAsMarkup({
  status,
  headers,
  body,
}: Pick<HttpReply, "status" | "headers" | "body">): boolean {
  if (status === 204 || status === 304) return false;
  // A redirect is followed, a download is stored: neither is shown.
  if (status >= 300 && status < 400 && headers["location"] !== undefined) return false;
  if (/^\s*attachment\b/i.test(headers["content-disposition"] ?? "")) return false;
  // Of several types one browser takes the first, another the last: any of them counts.
  return (headers["content-type"] ?? "").split(",").some((type) => isMarkup(type, headers, body));
}

function isMarkup(contentType: string, headers: HttpReply["headers"], body: string): boolean {
  const type = contentType.split(";")[0]!.trim().toLowerCase();
  if (UNKNOWN.has(type) || !type.includes("/")) {
    const sniffs = !/^\s*nosniff/i.test(headers["x-content-type-options"] ?? "");
    return sniffs && (SNIFFED.test(body) || SNIFFED_XML.test(body));
  }
  if (type === "text/html") return true;
  if (!MARKUP.has(type) && !type.endsWith("+xml")) return false;
  // In XML an element is only a script or takes handlers in one of these namespaces.
  return body.includes("http://www.w3.org/1999/xhtml") || body.includes("http://www.w3.org/2000/svg");
}
