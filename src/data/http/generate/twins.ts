/** A vulnerable pair and its sound twin, as each category makes them. */
import type { RequestMessage, ResponseMessage } from "../../../core/index.ts";
import type { Rng } from "../../../util/rng.ts";
import type { SiteTemplate } from "./template.ts";

export interface Side {
  readonly request: RequestMessage;
  readonly response: ResponseMessage;
  /** Of the vulnerable side: the rules of the policy that it breaks. Of the sound side: what looks alarming and is not. */
  readonly because: readonly string[];
}

export interface Twins {
  readonly vulnerable: Side;
  readonly sound: Side;
  /** What was changed to make one from the other, in words. */
  readonly changes: readonly string[];
}

export type MakeTwins = (template: SiteTemplate, rng: Rng) => Twins;
