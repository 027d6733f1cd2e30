/** Twins of CORS and of OPEN_REDIRECT: whom a response trusts. */
import type { ResponseMessage } from "../../../core/index.ts";
import { addHeader, makeDraft, withHeader, withReason, withoutHeader } from "./draft.ts";
import type { MakeTwins } from "./twins.ts";
import { fill, foreignHost } from "./words.ts";

const ALLOWED = "Access-Control-Allow-Origin";
const CREDENTIALS = "Access-Control-Allow-Credentials";

export const corsTwins: MakeTwins = (template, rng) => {
  const { request, response, host } = makeDraft(template, rng);
  const site = host.split(".").slice(-2).join(".");
  const hostile = rng.pick([
    `https://${foreignHost(rng)}`,
    `https://${foreignHost(rng)}`,
    `https://${host}.${foreignHost(rng)}`,
    "null",
  ]);
  const allow = (origin: string, credentials: string | undefined): ResponseMessage => {
    const allowed = addHeader(addHeader(response, "Vary", "Origin"), ALLOWED, origin);
    return credentials === undefined ? allowed : addHeader(allowed, CREDENTIALS, credentials);
  };
  const asked = (origin: string) => withHeader(request, "Origin", origin);
  const own = `https://app.${site}`;
  const [sound, says, change] = rng.pick([
    [
      { request: asked(hostile), response: allow("*", undefined) },
      "a wildcard without credentials",
      "the origin echoed with credentials instead of a wildcard",
    ],
    [
      { request: asked(hostile), response: allow("*", "true") },
      "browsers refuse a wildcard with credentials",
      "the wildcard replaced by an echo of the origin",
    ],
    [
      { request: asked(hostile), response: allow(hostile, undefined) },
      "the origin is echoed without credentials",
      "credentials allowed",
    ],
    [
      { request: asked(hostile), response: allow(own, "true") },
      "a fixed origin of the same site is allowed, not the one that asked",
      "the fixed origin replaced by an echo",
    ],
    [
      { request: asked(own), response: allow(own, "true") },
      "the echoed origin is of the same site",
      "a foreign origin asks and is echoed",
    ],
  ] as const);
  return {
    vulnerable: {
      request: asked(hostile),
      response: allow(hostile, "true"),
      because: [hostile === "null" ? "cors-null" : "cors-reflected"],
    },
    sound: { ...sound, because: [says] },
    changes: [change],
  };
};

export const redirectTwins: MakeTwins = (template, rng) => {
  const name = rng.pick(["next", "return_to", "url", "continue", "redirect", "dest"]);
  const foreign = foreignHost(rng);
  const path = `/${fill("{slug}", rng)}`;
  const asking = {
    ...template,
    parameters: [name, ...template.parameters.slice(1)] as [string, ...string[]],
  };
  const seed = rng.int(2 ** 31);
  const side = (value: (host: string) => string, location: (host: string, value: string) => string) => {
    const draft = makeDraft(asking, rng.fork(seed), { value: "VALUE" });
    const sent = value(draft.host);
    const { request } = makeDraft(asking, rng.fork(seed), { value: sent });
    const status = rng.fork(seed).pick([302, 303, 307]);
    const base = withoutHeader({ ...draft.response, status, body: "" }, "Content-Type");
    const response = withReason(addHeader(base, "Location", location(draft.host, sent)));
    return { request, response };
  };
  const attack = rng.pick([
    () => `https://${foreign}${path}`,
    () => `//${foreign}${path}`,
    () => `/\\${foreign}${path}`,
    (host: string) => `https://${host}@${foreign}${path}`,
    (host: string) => `https://${host}.${foreign}${path}`,
    () => `https:/${foreign}${path}`.replace("https:/", "https:///"),
  ]);
  const [sound, says, change] = rng.pick([
    [
      side(attack, () => "/"),
      "the foreign address is refused and the start page shown",
      "the address taken over unchecked",
    ],
    [
      side(attack, (_, value) => `/login?${name}=${encodeURIComponent(value)}`),
      "the foreign address stands only in the query of an own one",
      "the address taken over unchecked",
    ],
    [
      side(
        (host) => `https://${host}${path}`,
        (_, value) => value,
      ),
      "the address is the site's own",
      "a foreign address asked for and taken over",
    ],
    [
      side(
        () => path,
        (_, value) => value,
      ),
      "the address is a path of the site",
      "a foreign address asked for and taken over",
    ],
    [
      side(attack, (host) => `https://${host}/leaving`),
      "a page of the site stands between",
      "the address taken over unchecked",
    ],
  ] as const);
  return {
    vulnerable: { ...side(attack, (_, value) => value), because: ["redirect-foreign"] },
    sound: { ...sound, because: [says] },
    changes: [change],
  };
};
