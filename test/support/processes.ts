/** Which processes this one has started, directly or not. */
import { readdirSync, readFileSync } from "node:fs";

/** Process ids of all living descendants, zombies included, in order. */
export function descendants(root = process.pid): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(name);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  for (let open = [root]; open.length > 0;) {
    open = open.flatMap((pid) => children.get(pid) ?? []);
    found.push(...open);
  }
  return found.toSorted((a, b) => a - b);
}

function parentOf(pid: string): number | undefined {
  try {
    // After the name, which may hold blanks and brackets: state, parent.
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").trim().split(" ")[1]);
  } catch {
    return undefined;
  }
}
