/** Whether a soak left anything behind. */
import type { SoakResult } from "./soak.ts";

/** Caches fill up to their limits, and an allocator keeps pages: growth that does not go with episodes. */
const MEMORY_MB = 150;
const FREED_MS = 1000;

/** One sentence for each thing of which there is more after than before, and for a session that was freed late. */
export function leaks({
  before,
  after,
  freed_ms,
}: Pick<SoakResult, "before" | "after" | "freed_ms">): string[] {
  const allowed = { processes: 0, sockets: 0, files: 0, temporary: 0, rss_mb: MEMORY_MB };
  const grown = (Object.keys(allowed) as (keyof typeof allowed)[]).filter(
    (key) => after[key] > before[key] + allowed[key],
  );
  return [
    ...grown.map((key) => `${key}: ${before[key]} before, ${after[key]} after`),
    ...freed_ms.filter((ms) => ms > FREED_MS).map((ms) => `a killed session was freed after ${ms} ms`),
  ];
}
