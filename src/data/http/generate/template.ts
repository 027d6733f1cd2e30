/** What a site or an API answers, before anything is changed: written by hand, filled with drawn words. */
import { hash32 } from "../../../util/rng.ts";

export type Split = "train" | "dev" | "test";

export interface SiteTemplate {
  readonly id: string;
  /** `page`: an HTML document. `api`: JSON. */
  readonly kind: "page" | "api";
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  /** With slots such as `{number}`. */
  readonly path: string;
  /** Parameters in the order sent; the first is the one whose value may come back in the answer. */
  readonly parameters: readonly [string, ...string[]];
  /** How parameters travel. */
  readonly send: "query" | "form" | "json";
  /** The request carries a session. */
  readonly signedIn: boolean;
  /** Of a page: its title. */
  readonly title: string;
  /** Of a page what stands in `<main>`, of an API the JSON; with slots, and `{echo}` where a value comes back. */
  readonly body: string;
}

/** Two in three templates are for training, a sixth each for choosing and for the final test. */
export function splitOf({ id }: SiteTemplate): Split {
  const sixth = hash32(`split/${id}`) % 6;
  return sixth === 0 ? "dev" : sixth === 1 ? "test" : "train";
}

type Row = readonly [id: string, request: string, parameters: string, title: string, body: string];

/**
 * Templates from rows. The request is `METHOD /path`, with `form` or `json` behind it when the parameters travel in
 * the body and `session` when a user is signed in.
 */
export function templates(kind: SiteTemplate["kind"], rows: readonly Row[]): SiteTemplate[] {
  return rows.map(([id, request, parameters, title, body]) => {
    const [method, path, ...flags] = request.split(" ");
    return {
      id,
      kind,
      method: method as SiteTemplate["method"],
      path: path!,
      parameters: parameters.split(" ") as [string, ...string[]],
      send: flags.includes("form") ? "form" : flags.includes("json") ? "json" : "query",
      signedIn: flags.includes("session"),
      title,
      body,
    };
  });
}
