/** What a function of a scenario's `script.ts` is given: the escape hatch for checks and attacks that steps cannot say. */
import type { Request } from "./scenario.ts";

/** As in a step: GET without headers unless given, at most one of `form`, `json` and `body`. */
export type ScriptRequest = Pick<Request, "path"> & Partial<Request>;

export interface ScriptReply {
  readonly status: number;
  /** Lower-case names; repeated headers joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Raw Set-Cookie values. */
  readonly cookies: readonly string[];
  readonly body: string;
  /** From sending the request to the end of the answer, as the verifier measured it. */
  readonly ms: number;
}

export interface ScriptContext {
  /** Asks the application; a path alone is a GET. Cookies are kept and sent as between steps. */
  request(asked: string | ScriptRequest): Promise<ScriptReply>;
  /** Gives `held` back. When it is not truthy, ends the function: the check fails, or the attack has not succeeded. */
  expect<T>(held: T, what: string): Exclude<T, false | null | undefined>;
}

/** The check passes, or the attack has succeeded, when the function returns; not when it throws. */
export type Script = (context: ScriptContext) => void | Promise<void>;
