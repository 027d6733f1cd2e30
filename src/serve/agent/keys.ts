/** Who may use the agent: keys by name, as bearer tokens or in X-API-Key; tasks belong to the name. */
import type { IncomingHttpHeaders } from "node:http";
import type { SecurityScheme } from "@a2a-js/sdk";
import type { User } from "@a2a-js/sdk/server";
import { InputError } from "../../core/errors.ts";
import { isSameKey } from "../same-key.ts";

export interface Keys {
  /** The name of the key in a request; undefined for none and for an unknown one. */
  nameOf(headers: IncomingHttpHeaders): string | undefined;
}

const MIN_KEY = 16;

/** One `NAME KEY` per line; empty lines and lines that begin with # are left out. Throws InputError with the line. */
export function readKeys(text: string, where: string): Keys {
  const known: { name: string; key: string }[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "" || line.startsWith("#")) return;
    const [, name, key] = /^(\S+)\s+(\S+)\s*$/.exec(line) ?? [];
    if (name === undefined || key === undefined || key.length < MIN_KEY)
      throw new InputError(
        `${where}:${index + 1}: expected NAME and a KEY of at least ${MIN_KEY} characters`,
      );
    known.push({ name, key });
  });
  if (known.length === 0) throw new InputError(`${where}: expected at least one line NAME KEY`);
  return {
    nameOf(headers) {
      const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
      const given = bearer ?? headers["x-api-key"];
      if (typeof given !== "string") return undefined;
      // Every key is compared.
      return known.filter(({ key }) => isSameKey(given, key))[0]?.name;
    },
  };
}

export const userOf = (name: string | undefined): User => ({
  isAuthenticated: name !== undefined,
  userName: name ?? "",
});

/** As the card declares them; either will do. */
export const SECURITY_SCHEMES: Readonly<Record<string, SecurityScheme>> = {
  bearer: {
    scheme: {
      $case: "httpAuthSecurityScheme",
      value: { description: "A key as bearer token", scheme: "bearer", bearerFormat: "" },
    },
  },
  apiKey: {
    scheme: {
      $case: "apiKeySecurityScheme",
      value: { description: "A key in a header", location: "header", name: "X-API-Key" },
    },
  },
};
