/** Generates a site with one weakness from a family and a seed: the same arguments give the same scenario everywhere. */
import { ScenarioSchema, type Check, type Files, type Patch, type Scenario } from "../../core/index.ts";
import { makeRng, type Rng } from "../../util/rng.ts";
import type { Pool } from "../webapps/words.ts";
import { commonCheats } from "./cheats.ts";
import { makeCtx, type Ctx } from "./ctx.ts";
import { writeExpress } from "./express.ts";
import { SITE_FAMILIES, type SiteFamily } from "./families.ts";
import { writeFlask } from "./flask.ts";
import { LAYOUTS, type Style, type Written } from "./layout.ts";
import { patchBetween } from "./line-edits.ts";
import { writeNode } from "./node.ts";
import { changed, type Change, type Part, type WeakPart } from "./part.ts";
import { frontPage, PLAIN_PARTS } from "./plain.ts";

export interface SiteOptions {
  /** Pool that every identifier is drawn from; the two pools share no word. Default `common`. */
  readonly identifiers?: Pool;
  /** Number of other parts beside the weak one and the front page, both ends included. Default 1 to 3. */
  readonly distractors?: { readonly min: number; readonly max: number };
}

/** Checks that a policy is told about; the others are hidden. */
const VISIBLE = 3;

/** A site as it is drawn, before it is written down. */
interface Draft {
  readonly id: string;
  readonly family: SiteFamily;
  readonly style: Style;
  readonly parts: readonly Part[];
  readonly weak: WeakPart;
}

/** Throws RangeError for an unknown family or an impossible range of distractors. */
export function generateSite(family: string, seed: number, options: SiteOptions = {}): Scenario {
  return assemble(draw(family, seed, options));
}

/** The sources of the same site alone, at a small part of the cost. */
export function generateSources(family: string, seed: number, options: SiteOptions = {}): Files {
  const { parts, style } = draw(family, seed, options);
  return write(parts, style).files;
}

function draw(familyId: string, seed: number, options: SiteOptions): Draft {
  const family = SITE_FAMILIES.find(({ id }) => id === familyId);
  if (family === undefined) throw new RangeError(`no such family: ${familyId}`);
  const pool = options.identifiers ?? "common";
  const { min, max } = options.distractors ?? { min: 1, max: 3 };
  if (!(min >= 0 && max >= min && max <= 6))
    throw new RangeError(`distractors must be a range within 0 to 6: ${min}-${max}`);
  const id = `${family.id}.${pool}.${min}-${max}.${seed}`;
  const rng = makeRng(`site/${id}`);
  const ctx = makeCtx(rng, family.language, pool);
  const style = drawStyle(ctx);
  const weak = family.make(ctx);
  const others = Array.from({ length: min + rng.int(max - min + 1) }, (_, i) => distractor(ctx, family, i));
  const parts = [frontPage(ctx, style.title), ...rng.shuffle([weak, ...others])];
  return { id, family, style, parts, weak };
}

function drawStyle(ctx: Ctx): Style {
  const { rng, language } = ctx;
  const python = language === "python";
  return {
    stack: python ? "flask" : rng.pick(["express", "node"]),
    layout: rng.pick(LAYOUTS),
    title: `${rng.pick(["Pages", "Desk", "House", "Friends", "Office"])} of ${ctx.plural()}`,
    entry: rng.pick(python ? ["app", "main", "wsgi"] : ["app", "server", "index"]),
    handlers: rng.pick(python ? ["views", "pages", "handlers"] : ["routes", "pages", "handlers"]),
    described: rng.chance(0.6),
    variant: rng.chance(0.5),
  };
}

/**
 * A part without a weakness. Most are weak parts of training families with a correct fix in place, the first often of
 * the site's own weakness: what is fixed stands beside what is not.
 */
function distractor(ctx: Ctx, own: SiteFamily, index: number): Part {
  const { rng } = ctx;
  if (rng.chance(0.35)) return rng.pick(PLAIN_PARTS)(ctx);
  const known = SITE_FAMILIES.filter((f) => f.split === "train" && f.language === own.language);
  const alike = known.filter((f) => f.type === own.type);
  const weak = rng.pick(index === 0 && rng.chance(0.5) && alike.length > 0 ? alike : known).make(ctx);
  return fixed(weak, rng);
}

function fixed(weak: WeakPart, rng: Rng): Part {
  const part = changed<Part>(weak, rng.pick([weak.reference, ...Object.values(weak.alternatives)]));
  const plain = (text: string): string => text.replaceAll("§", "");
  return {
    ...part,
    logic: plain(part.logic),
    routes: part.routes.map((route) => ({ ...route, body: plain(route.body) })),
  };
}

function assemble({ id, family, style, parts, weak }: Draft): Scenario {
  const site = write(parts, style);
  const patchTo = (part: Part, prelude?: string): Patch => {
    const with_ = parts.map((one) => (one === weak ? part : one));
    return patchBetween(
      site.files,
      write(with_, prelude === undefined ? style : { ...style, prelude }).files,
    );
  };
  const patchesOf = (changes: Readonly<Record<string, Change>>) =>
    Object.entries(changes).map(([name, change]) => ({ name, patch: patchTo(changed<Part>(weak, change)) }));
  const cheats = Object.entries(commonCheats(weak, family.language)).map(([name, { part, prelude }]) => {
    return { name, patch: patchTo(part, prelude) };
  });
  const rest = parts.filter((part) => part !== weak);
  const shown = [weak, ...rest].flatMap((part) => named(part, part.visible));
  return ScenarioSchema.parse({
    id,
    title: style.title,
    family: family.id,
    stack: style.stack,
    entry: site.entry,
    files: site.files,
    assets: Object.assign({}, ...parts.map(({ assets }) => assets)),
    outside: Object.assign({}, ...parts.map(({ outside }) => outside)),
    visible: shown.slice(0, VISIBLE),
    hidden: [
      ...named(weak, weak.hidden),
      ...shown.slice(VISIBLE),
      ...rest.flatMap((part) => named(part, part.hidden)),
    ],
    benign: parts.flatMap(({ benign }) => benign),
    weaknesses: [
      {
        id: weak.routes[0]!.name,
        cwe: weak.cwe,
        type: weak.type,
        locations: site.locations,
        exploits: weak.exploits,
        variants: weak.variants,
      },
    ],
    reference: patchTo(changed<Part>(weak, weak.reference)),
    alternatives: patchesOf(weak.alternatives),
    cheats: [...cheats, ...patchesOf(weak.cheats)],
  });
}

/** Checks of different parts may be alike, so that each says whose it is. */
const named = ({ routes }: Part, checks: readonly Check[]): Check[] =>
  checks.map((check) => ({ ...check, name: `${routes[0]!.name}: ${check.name}` }));

function write(parts: readonly Part[], style: Style): Written {
  if (style.stack === "flask") return writeFlask(parts, style);
  return style.stack === "express" ? writeExpress(parts, style) : writeNode(parts, style);
}
