/** The cookies of one check: kept by name, sent back on every later step. */
import { endOf, readSetCookie } from "./set-cookie.ts";

export class CookieJar {
  private readonly values = new Map<string, string>();

  /** Takes a raw Set-Cookie value. Paths and domains do not matter: a check talks to one application. */
  store(raw: string): void {
    const cookie = readSetCookie(raw);
    if (cookie === undefined) return;
    const end = endOf(cookie, Date.now());
    if (end !== undefined && end <= Date.now()) this.values.delete(cookie.name);
    else this.values.set(cookie.name, cookie.value);
  }

  /** Value of the Cookie header, empty without cookies. */
  header(): string {
    return [...this.values].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}
