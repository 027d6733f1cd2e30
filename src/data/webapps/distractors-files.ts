/** Files served safely: from a directory, by base name, by a safe join, from a fixed table. */
import type { Block, Ctx } from "./blocks.ts";
import { ANY, block, SENT, type Make } from "./distractor-block.ts";
import { makeFolder } from "./folders.ts";
import type { InputKind } from "./inputs.ts";
import { literal } from "./strings.ts";

const file = (
  ctx: Ctx,
  kinds: readonly InputKind[],
  body: (root: string, v: string) => string[],
  imports: readonly string[],
): Block => {
  const folder = makeFolder(ctx.rng, ctx.names);
  const assets = Object.fromEntries(
    Object.entries(folder.flat).map(([f, text]) => [`${folder.name}/${f}`, text]),
  );
  const constant = ctx.rng.chance(0.5) ? `${ctx.names.noun().toUpperCase()}_DIR` : null;
  const root = literal(folder.name, ctx.quote);
  return block(ctx, kinds, (v) => ({
    body: body(constant ?? root, v),
    constants: constant === null ? [] : [`${constant} = ${root}`],
    imports,
    assets,
    cases: Object.entries(folder.flat)
      .slice(0, 4)
      .map(([f, text]) => [f, text.trim()] as const),
  }));
};

const sendFromDirectory: Make = (ctx) =>
  file(ctx, ANY, (root, v) => [`    return send_from_directory(${root}, ${v})`], [
    "flask:send_from_directory",
  ]);

const baseName: Make = (ctx) => {
  const send = ctx.rng.chance(0.4);
  return file(
    ctx,
    SENT,
    (root, v) => {
      const path = `os.path.join(${root}, os.path.basename(${v}))`;
      return [send ? `    return send_file(${path})` : `    return open(${path}).read()`];
    },
    ["os", ...(send ? ["flask:send_file"] : [])],
  );
};

const safeJoin: Make = (ctx) =>
  file(ctx, SENT, (root, v) => [`    return send_file(safe_join(${root}, ${v}))`], [
    "flask:send_file",
    "safe_join",
  ]);

/** Keys of a fixed table of files. */
const fileTable: Make = (ctx) => {
  const { names, quote } = ctx;
  const folder = makeFolder(ctx.rng, names);
  const [a, b] = Object.entries(folder.flat) as [[string, string], [string, string]];
  const [ka, kb] = [names.noun(), names.noun()];
  const table = `${names.noun().toUpperCase()}_FILES`;
  const path = (f: string): string => literal(`${folder.name}/${f}`, quote);
  return block(ctx, ANY, (v) => ({
    body: [`    return open(${table}[${v}]).read()`],
    constants: [`${table} = {${literal(ka, quote)}: ${path(a[0])}, ${literal(kb, quote)}: ${path(b[0])}}`],
    imports: [],
    assets: { [`${folder.name}/${a[0]}`]: a[1], [`${folder.name}/${b[0]}`]: b[1] },
    cases: [
      [ka, a[1].trim()],
      [kb, b[1].trim()],
    ],
  }));
};

export const SAFE_FILES: readonly Make[] = [sendFromDirectory, baseName, baseName, safeJoin, fileTable];
