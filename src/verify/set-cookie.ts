/** A Set-Cookie field, read as browsers do (RFC 6265, section 5.2). */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** Lower-case name -> value, empty for flags. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** Undefined for a field without a name, which browsers ignore. */
export function readSetCookie(field: string): SetCookie | undefined {
  const [pair = "", ...rest] = field.split(";");
  const [name, value] = halves(pair);
  if (name === "" || !pair.includes("=")) return undefined;
  const attributes = rest.map((part): [string, string] => {
    const [key, text] = halves(part);
    return [key.toLowerCase(), text];
  });
  return { name, value, attributes: new Map(attributes) };
}

/** When it ends, in milliseconds since 1970; undefined for one that lives as long as the session. Max-Age comes first. */
export function endOf({ attributes }: SetCookie, now: number): number | undefined {
  const age = attributes.get("max-age");
  if (age !== undefined && /^-?\d+$/.test(age)) return now + Number(age) * 1000;
  const at = Date.parse(attributes.get("expires") ?? "");
  return Number.isNaN(at) ? undefined : at;
}

function halves(text: string): [string, string] {
  const at = text.indexOf("=");
  return at === -1 ? [text.trim(), ""] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
