/** Which addresses a server may call on a stranger's behalf: public ones, resolved once, without redirects. */
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { InputError } from "../../core/errors.ts";

/** From the IANA registries of special-purpose addresses. */
const SPECIAL_4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const;
/** Of the only range that is given out, 2000::/3: Teredo and its kin, documentation, 6to4, which can all hold IPv4. */
const SPECIAL_6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const special = new BlockList();
for (const [net, bits] of SPECIAL_4) special.addSubnet(net, bits, "ipv4");
for (const [net, bits] of SPECIAL_6) special.addSubnet(net, bits, "ipv6");
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");

/** False for loopback, private, link-local (cloud metadata), multicast and every other special address. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !special.check(address, "ipv4");
  return isIP(address) === 6 && global6.check(address, "ipv6") && !special.check(address, "ipv6");
}

export interface Webhook {
  readonly url: URL;
  /** To connect to, whatever the name says a moment later. */
  readonly address: string;
  readonly family: 4 | 6;
}

export interface WebhookRules {
  /** For webhooks on the same machine or network. */
  readonly allowPrivate: boolean;
  /** Undefined comes back for a name that cannot be resolved now, where otherwise InputError is thrown. */
  readonly mayBeUnknown?: boolean;
  /** All addresses of a name. */
  readonly resolve?: (host: string) => Promise<readonly { readonly address: string }[]>;
}

/** Throws InputError for an address that must not be called: every one that a name resolves to counts. */
export async function checkWebhook(
  text: string,
  { allowPrivate, mayBeUnknown = false, resolve = (host) => lookup(host, { all: true }) }: WebhookRules,
): Promise<Webhook | undefined> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol))
    throw new InputError("url: expected an http or https address for push notifications");
  if (url.username !== "" || url.password !== "")
    throw new InputError("url: expected no user name or password; give authentication instead");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const found = isIP(host) !== 0 ? [{ address: host }] : await resolve(host).catch(() => []);
  if (found.length === 0 && mayBeUnknown) return undefined;
  if (found.length === 0) throw new InputError(`url: the name ${host.slice(0, 100)} cannot be resolved`);
  // One answer for all of them, so that nobody learns the addresses of a network from it.
  if (!allowPrivate && !found.every(({ address }) => isPublicAddress(address)))
    throw new InputError("url: expected a public address for push notifications");
  const { address } = found[0]!;
  return { url, address, family: isIP(address) === 6 ? 6 : 4 };
}
