/** Tries the attacks of every weakness and tells which weaknesses hold. */
import type { Evidence, Exploit, Weakness } from "../core/index.ts";
import type { AppFault, AppInstance } from "../sandbox/index.ts";
import type { Rng } from "../util/rng.ts";
import type { Scripts } from "./scripts.ts";
import { runCheck } from "./steps.ts";

export interface AttackReport {
  /** `passed` means that the attack failed. */
  readonly exploits: readonly Evidence[];
  readonly variants: readonly Evidence[];
  /** Ids of the weaknesses whose attacks all fail. */
  readonly blocked: readonly string[];
  /** The application stopped answering, which is no defence. */
  readonly fault: AppFault | undefined;
}

/** Known exploits of all weaknesses first, then variants of those that held; a success ends that weakness. */
export async function attack(
  app: AppInstance,
  weaknesses: readonly Weakness[],
  rng: Rng,
  scripts: Scripts,
): Promise<AttackReport> {
  const evidence = { exploits: [] as Evidence[], variants: [] as Evidence[] };
  let holding = weaknesses;
  let fault: AppFault | undefined;
  for (const kind of ["exploits", "variants"] as const) {
    const held: Weakness[] = [];
    for (const weakness of holding) {
      const result = await resist(app, rng.shuffle(weakness[kind]), evidence[kind], scripts);
      fault ??= result.fault;
      if (result.holds) held.push(weakness);
    }
    holding = held;
    if (fault) break;
  }
  return { ...evidence, blocked: fault ? [] : holding.map(({ id }) => id), fault };
}

async function resist(
  app: AppInstance,
  attacks: readonly Exploit[],
  evidence: Evidence[],
  scripts: Scripts,
): Promise<{ holds: boolean; fault?: AppFault }> {
  for (const exploit of attacks) {
    const { passed: succeeded, fault, evidence: seen } = await runCheck(app, exploit, scripts);
    const { detail, ...rest } = seen;
    const why = succeeded ? "the attack succeeds" : fault ? detail! : `the attack fails: ${detail}`;
    evidence.push({ ...rest, passed: !succeeded && !fault, detail: why });
    if (fault) return { holds: false, fault };
    if (succeeded) return { holds: false };
  }
  return { holds: true };
}
