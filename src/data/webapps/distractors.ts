/** Endpoints that look like the vulnerable ones and are safe: the construct decides, not the kind of endpoint. */
import type { WeaknessType } from "../../core/index.ts";
import type { Block, Ctx } from "./blocks.ts";
import type { Make, Shared } from "./distractor-block.ts";
import { SAFE_FILES } from "./distractors-files.ts";
import { SAFE_SQL } from "./distractors-sql.ts";
import { SAFE_XSS } from "./distractors-xss.ts";

const BY_TYPE: Readonly<Record<WeaknessType, readonly Make[]>> = {
  sql_injection: SAFE_SQL,
  xss: SAFE_XSS,
  path_traversal: SAFE_FILES,
};

export function makeDistractor(ctx: Ctx, type: WeaknessType, shared: Shared): Block {
  return ctx.rng.pick(BY_TYPE[type])(ctx, shared);
}
