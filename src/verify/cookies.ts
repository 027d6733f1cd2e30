/** The cookies of one check: kept by name, sent back on every later step. */

export class CookieJar {
  private readonly values = new Map<string, string>();

  /** Takes a raw Set-Cookie value. Paths and domains do not matter: a check talks to one application. */
  store(raw: string): void {
    const [pair = "", ...attributes] = raw.split(";");
    const at = pair.indexOf("=");
    if (at <= 0) return;
    const name = pair.slice(0, at).trim();
    if (attributes.some(expires)) this.values.delete(name);
    else this.values.set(name, pair.slice(at + 1).trim());
  }

  /** Value of the Cookie header, empty without cookies. */
  header(): string {
    return [...this.values].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}

function expires(attribute: string): boolean {
  const [name = "", value = ""] = attribute.split("=").map((part) => part.trim());
  if (name.toLowerCase() === "max-age") return Number(value) <= 0;
  return name.toLowerCase() === "expires" && Date.parse(value) <= Date.now();
}
