/** The key that signs agent cards: one elliptic-curve key in a file, made when there is none. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { generateAgentCardSignature, type AgentCard } from "@a2a-js/sdk";
import { InputError } from "../../core/errors.ts";
import { sha256 } from "../../util/hash.ts";

export interface CardKey {
  /** Signs with ES256; `url` is where the public key can be read. */
  sign(url: string): (card: AgentCard) => Promise<AgentCard>;
  /** A JWK set with the public key alone. */
  readonly publicKeys: { readonly keys: readonly JsonWebKey[] };
}

/** Throws InputError for a file that holds no P-256 private key. */
export function openCardKey(path: string): CardKey {
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(path, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flag: "wx" });
  }
  let key;
  try {
    key = createPrivateKey(readFileSync(path));
  } catch (cause) {
    throw new InputError(`${path}: expected a private key in PEM`, { cause });
  }
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw new InputError(`${path}: expected a key on the curve P-256`);
  const jwk = createPublicKey(key).export({ format: "jwk" });
  const kid = sha256(`${jwk.x}.${jwk.y}`).slice(0, 16);
  return {
    sign: (url) =>
      generateAgentCardSignature(key, {
        alg: "ES256",
        kid,
        typ: "JOSE",
        jku: `${url}/.well-known/jwks.json`,
      }),
    publicKeys: { keys: [{ ...jwk, kid, alg: "ES256", use: "sig" }] },
  };
}
