/** SQL injection shapes: where the query is built and what part of it the value is. */
import type { Ctx, VulnerableBlock } from "./blocks.ts";
import { loginBlock } from "./sql-login.ts";
import { lookupBlock, type LookupShape } from "./sql-lookup.ts";
import { orderBlock } from "./sql-order.ts";
import type { StringStyle } from "./strings.ts";

export type SqlShape = LookupShape | "login" | "order";

export function sqlBlock(ctx: Ctx, shape: SqlShape, style: StringStyle): VulnerableBlock {
  if (shape === "order") return orderBlock(ctx, style);
  if (shape === "login") return loginBlock(ctx, style);
  return lookupBlock(ctx, shape, style);
}
