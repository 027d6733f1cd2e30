/** Patches that every site ships to see them lose: nothing is fixed, or the site is broken. */
import type { Style } from "./layout.ts";
import { guarded, type Language, type Part, type WeakPart } from "./part.ts";

export interface CheatedSite {
  readonly part: Part;
  readonly prelude?: Style["prelude"];
}

/** Name -> the weak part as the cheat leaves it. */
export function commonCheats(weak: WeakPart, language: Language): Record<string, CheatedSite> {
  const python = language === "python";
  const [route, ...others] = weak.routes;
  const gone: Part = { ...weak, routes: [{ ...route!, path: `${route!.path}-closed` }, ...others] };
  return {
    "route-closed": { part: gone },
    "always-403": { part: guarded(weak, `$status(403, "forbidden")`) },
    "always-empty": { part: guarded(weak, `$text("")`) },
    "one-answer-for-all": { part: guarded(weak, weak.constant) },
    "ends-at-start": { part: weak, prelude: python ? "raise SystemExit(0)" : "process.exit(0);" },
    "remark-only": {
      part: guarded(
        weak,
        python ? "# Reviewed: what comes in is safe." : "// Reviewed: what comes in is safe.",
      ),
    },
  };
}
