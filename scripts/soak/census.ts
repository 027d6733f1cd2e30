/** What a process and its descendants hold: processes, sockets, files, memory, entries in its temporary folder. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Census {
  /** Descendants. */
  readonly processes: number;
  /** Of the process itself. */
  readonly sockets: number;
  /** Open files, pipes and everything else that is no socket. */
  readonly files: number;
  /** Resident memory of the process itself. */
  readonly rss_mb: number;
  /** Entries in its temporary folder. */
  readonly temporary: number;
}

function statOf(pid: string): { parent: number; command: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const after = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie holds nothing but its number until its parent looks.
    if (after[0] === "Z") return undefined;
    return { parent: Number(after[1]), command: readFileSync(`/proc/${pid}/cmdline`, "utf8") };
  } catch {
    return undefined;
  }
}

export interface Descendant {
  readonly pid: number;
  /** Arguments, each ended by a zero byte. */
  readonly command: string;
  /** Steps down from the process that was asked about. */
  readonly depth: number;
}

/** Also of namespaces below, as seen from this one. */
export function descendants(pid: number): Descendant[] {
  const children = new Map<number, { pid: number; command: string }[]>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const seen = statOf(name);
    if (seen === undefined) continue;
    const siblings = children.get(seen.parent) ?? [];
    children.set(seen.parent, [...siblings, { pid: Number(name), command: seen.command }]);
  }
  const below = (parent: number, depth: number): Descendant[] =>
    (children.get(parent) ?? []).flatMap((child) => [{ ...child, depth }, ...below(child.pid, depth + 1)]);
  return below(pid, 1);
}

export function takeCensus(pid: number, folder: string): Census {
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return "";
    }
  });
  const rss = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1];
  return {
    processes: descendants(pid).length,
    sockets: open.filter((name) => name.startsWith("socket:")).length,
    files: open.filter((name) => name !== "" && !name.startsWith("socket:")).length,
    rss_mb: Math.round(Number(rss) / 1024),
    temporary: readdirSync(folder).length,
  };
}
