/** How long one file may take: what would take longer is given up, and said. */

/** Processor time, so that a busy machine changes nothing. A file that people wrote takes some milliseconds. */
export const SECONDS_PER_FILE = 20;
/** The clock is looked at each time that so many steps have been made. */
const STEPS = 512;

export class OutOfTime extends Error {}

export interface TimeLimit {
  /** Does `work`, whose time counts for `file`. Throws OutOfTime when the file has had all of its own. */
  of(file: string, work: () => void): void;
  /** Called often inside `work`. */
  step(): void;
}

export function timeLimit(seconds: number = SECONDS_PER_FILE): TimeLimit {
  const spent = new Map<string, number>();
  let [end, steps] = [Infinity, 0];
  return {
    of(file, work) {
      const before = spent.get(file) ?? 0;
      if (before > seconds) throw new OutOfTime();
      const begun = processorSeconds();
      [end, steps] = [begun + seconds - before, 0];
      try {
        work();
      } catch (error) {
        if (error instanceof OutOfTime) spent.set(file, Infinity);
        throw error;
      } finally {
        spent.set(file, (spent.get(file) ?? 0) + processorSeconds() - begun);
        end = Infinity;
      }
    },
    step() {
      if (++steps % STEPS === 0 && processorSeconds() > end) throw new OutOfTime();
    },
  };
}

export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
