/** Twins of COOKIE_FLAGS: one attribute of one cookie is dropped or spoilt. */
import type { Rng } from "../../../util/rng.ts";
import { addHeader, makeDraft } from "./draft.ts";
import type { MakeTwins } from "./twins.ts";
import { hex } from "./words.ts";

/** Sound although an attribute that sessions need is not there. */
const ALARMING: readonly { says: string; line: (rng: Rng) => string }[] = [
  {
    says: "the token against forged requests must be readable by scripts",
    line: (rng) =>
      `${rng.pick(["csrftoken", "XSRF-TOKEN"])}=${hex(rng, 20)}; Path=/; Secure; SameSite=Strict`,
  },
  {
    says: "a preference needs no HttpOnly",
    line: (rng) => `${rng.pick(["theme", "lang", "consent"])}=${rng.pick(["a", "b", "c"])}; Path=/; Secure`,
  },
  {
    says: "the cookie is being deleted",
    line: (rng) =>
      `${rng.pick(["old_session", "legacy_sid", "auth"])}=; Path=/; ${rng.pick(["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"])}`,
  },
  {
    says: "SameSite=None is stated on purpose and comes with Secure",
    line: (rng) => `sso_session=${hex(rng, 20)}; Path=/; Secure; HttpOnly; SameSite=None`,
  },
];

export const cookieTwins: MakeTwins = (template, rng) => {
  const { request, response } = makeDraft(template, rng);
  const name = rng.pick([
    "session",
    "sid",
    "auth_token",
    "PHPSESSID",
    "connect.sid",
    "remember_me",
    "__Host-session",
    "__Secure-sid",
    "jwt",
  ]);
  const start = `${name}=${hex(rng, 32)}; Path=/`;
  const flags = rng.shuffle(["Secure", "HttpOnly", `SameSite=${rng.pick(["Lax", "Strict"])}`]);
  const prefixed = name.startsWith("__");
  const spoils: [rule: string, says: string, flags: string[]][] = [
    [prefixed ? "cookie-prefix" : "cookie-secure", "Secure dropped", flags.filter((one) => one !== "Secure")],
    ["cookie-httponly", "HttpOnly dropped", flags.filter((one) => one !== "HttpOnly")],
    ["cookie-samesite", "SameSite dropped", flags.filter((one) => !one.startsWith("SameSite"))],
    [
      "cookie-samesite",
      "SameSite misspelt",
      flags.map((one) => (one.startsWith("SameSite") ? "SameSite=Yes" : one)),
    ],
    ...(name.startsWith("__Host-")
      ? [
          ["cookie-prefix", "Domain added beside __Host-", [...flags, "Domain=shop.example"]] as [
            string,
            string,
            string[],
          ],
        ]
      : []),
  ];
  const [rule, says, spoilt] = rng.pick(spoils);
  const other = rng.chance(0.6) ? rng.pick(ALARMING) : undefined;
  const line = other?.line(rng);
  const base = line === undefined ? response : addHeader(response, "Set-Cookie", line);
  return {
    vulnerable: {
      request,
      response: addHeader(base, "Set-Cookie", [start, ...spoilt].join("; ")),
      because: [rule],
    },
    sound: {
      request,
      response: addHeader(base, "Set-Cookie", [start, ...flags].join("; ")),
      because: other === undefined ? [] : [other.says],
    },
    changes: [says],
  };
};
