/** Generates a scenario from a family and a seed: the same arguments give the same scenario on every machine. */
import {
  cweOfType,
  ScenarioSchema,
  WEAKNESS_TYPES,
  type Scenario,
  type WeaknessType,
} from "../../core/index.ts";
import { makeRng, type Rng } from "../../util/rng.ts";
import { assemble, namedPatch, patchOf, weaknessLocations, type App } from "./app.ts";
import type { Block, Ctx, VulnerableBlock } from "./blocks.ts";
import { addCheats } from "./cheats.ts";
import { makeDistractor } from "./distractors.ts";
import { familyOf, type Family } from "./families.ts";
import { makeNames } from "./names.ts";
import { sqlBlock, type SqlShape } from "./sql.ts";
import { pickQuote, type StringStyle } from "./strings.ts";
import { secretsSql, tableSql } from "./tables.ts";
import { traversalBlock, type PathStyle, type TraversalShape } from "./traversal.ts";
import type { Pool } from "./words.ts";
import { xssBlock, type XssShape, type XssStyle } from "./xss.ts";

export interface GenerateOptions {
  /** Pool that every identifier is drawn from; the two pools share no word. Default `common`. */
  readonly identifiers?: Pool;
  /** Number of safe endpoints beside the vulnerable one, both ends included. Default 1 to 3. */
  readonly distractors?: { readonly min: number; readonly max: number };
}

export const MAX_LINE = 100;

/** Throws RangeError for an unknown family or an impossible range of distractors. */
export function generateScenario(familyId: string, seed: number, options: GenerateOptions = {}): Scenario {
  const family = familyOf(familyId);
  const pool = options.identifiers ?? "common";
  const { min, max } = options.distractors ?? { min: 1, max: 3 };
  if (!(min >= 0 && max >= min && max <= 6))
    throw new RangeError(`distractors must be a range within 0 to 6: ${min}-${max}`);
  const label = `${family.id}/${seed}/${pool}/${min}-${max}`;
  // Long names can push a line over the limit: such a draw is dropped and the next one taken.
  for (let attempt = 0; attempt < 200; attempt++) {
    const rng = makeRng(`${label}/${attempt}`);
    const draft = draw(family, rng, pool, min + rng.int(max - min + 1));
    const lines = Object.values(draft.app.files).flatMap((text) => text.split("\n"));
    if (lines.every((l) => l.length <= MAX_LINE))
      return toScenario(family, `${family.id}.${pool}.${min}-${max}.${seed}`, draft);
  }
  throw new RangeError(`no application of ${family.id} keeps to ${MAX_LINE} characters a line`);
}

interface Draft {
  readonly app: App;
  readonly blocks: readonly Block[];
  readonly vulnerable: VulnerableBlock;
  readonly cheats: readonly string[];
}

function draw(family: Family, rng: Rng, pool: Pool, distractors: number): Draft {
  const names = makeNames(rng.fork("names"), pool);
  const ctx: Ctx = {
    rng,
    names,
    quote: pickQuote(rng),
    db: rng.pick(["inline", "getdb", "query"]),
    queryName: names.verb(),
    shortRoutes: rng.chance(0.35),
    blankLines: rng.chance(0.7) ? 1 : 2,
    escapeFrom: rng.chance(0.6) || family.style === "concat" ? "html" : "markupsafe",
  };
  const vulnerable = vulnerableBlock(ctx, family);
  const tables = [...vulnerable.tables];
  const safe = Array.from({ length: distractors }, (_, i) => {
    const block = makeDistractor(ctx, distractorType(rng, family.type, i), { tables });
    tables.push(...block.tables);
    return block;
  });
  const blocks = rng.shuffle([vulnerable, ...safe]);
  const app = assemble(ctx, blocks, vulnerable);
  return { app, blocks, vulnerable, cheats: addCheats(app, family.type, vulnerable) };
}

/** The first distractor is mostly of the weakness's own kind, so that the kind gives nothing away. */
function distractorType(rng: Rng, own: WeaknessType, index: number): WeaknessType {
  return rng.chance(index === 0 ? 0.6 : 0.2) ? own : rng.pick(WEAKNESS_TYPES);
}

function vulnerableBlock(ctx: Ctx, family: Family): VulnerableBlock {
  switch (family.type) {
    case "sql_injection":
      return sqlBlock(ctx, family.shape as SqlShape, family.style as StringStyle);
    case "xss":
      return xssBlock(ctx, family.shape as XssShape, family.style as XssStyle);
    case "path_traversal":
      return traversalBlock(ctx, family.shape as TraversalShape, family.style as PathStyle);
  }
}

function toScenario(family: Family, id: string, draft: Draft): Scenario {
  const { app, blocks, vulnerable } = draft;
  const safe = blocks.filter((b) => b !== vulnerable);
  const sql = blocks.flatMap((b) => b.tables).map(tableSql);
  if (vulnerable.secrets !== undefined) sql.push(secretsSql(vulnerable.secrets));
  return ScenarioSchema.parse({
    id,
    title: `Flask application ${id.split(".").at(-1)}`,
    family: family.id,
    stack: "flask",
    files: app.files,
    assets: Object.assign({}, ...blocks.map((b) => b.assets)),
    databases: sql.length === 0 ? {} : { "app.db": sql.join("") },
    outside: vulnerable.outside,
    visible: [...vulnerable.visible, ...safe.flatMap((b) => b.visible)].slice(0, 3),
    hidden: [...vulnerable.hidden, ...safe.flatMap((b) => [...b.visible, ...b.hidden])],
    benign: [...vulnerable.benign, ...safe.flatMap((b) => b.benign)],
    weaknesses: [
      {
        id: vulnerable.func,
        cwe: cweOfType(family.type),
        type: family.type,
        locations: weaknessLocations(app),
        exploits: vulnerable.exploits,
        variants: vulnerable.variants,
      },
    ],
    reference: patchOf(app, "reference"),
    alternatives: vulnerable.alternatives.map((name) => namedPatch(app, name)),
    cheats: draft.cheats.map((name) => namedPatch(app, name)),
  });
}
