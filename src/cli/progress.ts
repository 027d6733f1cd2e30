/** Renders progress events on standard error: one line redrawn on a terminal, a line every few seconds elsewhere. */
import type { EventSink, ProgressEvent } from "../core/events.ts";

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** Whether `write` goes to a terminal, which can redraw a line. */
  readonly terminal: boolean;
  readonly quiet?: boolean;
  /** Milliseconds; replaced by tests. */
  readonly now?: () => number;
  readonly columns?: number;
}

export interface Progress {
  readonly emit: EventSink;
  /** Clears the redrawn line; call before printing anything else. */
  close(): void;
}

const REDRAW_MS = 100;
const PLAIN_MS = 5000;
const ERASE_LINE = "\r\u001b[K";

interface Stage {
  readonly started: number;
  readonly total: number | undefined;
  /** Done before the stage started. */
  readonly before: number;
  shown: number;
}

export function createProgress(options: ProgressOptions): Progress {
  const { write, terminal, quiet = false, now = Date.now, columns = 100 } = options;
  if (quiet) return { emit: () => {}, close: () => {} };
  const stages = new Map<string, Stage>();
  let drawn = false;

  const clear = (): void => {
    if (drawn) write(ERASE_LINE);
    drawn = false;
  };
  const print = (line: string): void => {
    clear();
    write(`${line}\n`);
  };
  const step = (event: Extract<ProgressEvent, { kind: "stage-step" }>): void => {
    const at = now();
    let stage = stages.get(event.stage);
    if (stage === undefined) {
      stage = { started: at, total: event.total, before: 0, shown: -Infinity };
      stages.set(event.stage, stage);
    }
    if (at - stage.shown < (terminal ? REDRAW_MS : PLAIN_MS)) return;
    stage.shown = at;
    const line = describe(event, (at - stage.started) / 1000, event.total ?? stage.total, stage.before);
    if (!terminal) return write(`${line}\n`);
    write(`${ERASE_LINE}${line.slice(0, columns - 1)}`);
    drawn = true;
  };

  return {
    emit: (event) => {
      if (event.kind === "note") return print(event.text);
      if (event.kind === "stage-step") return step(event);
      if (event.kind === "stage-end") {
        stages.delete(event.stage);
        return print(`${event.stage}: ${duration(event.seconds)}${event.note ? `, ${event.note}` : ""}`);
      }
      stages.set(event.stage, {
        started: now(),
        total: event.total,
        before: event.done ?? 0,
        shown: terminal ? -Infinity : now(),
      });
      if (!terminal) print(`${event.stage} ...`);
    },
    close: clear,
  };
}

function describe(
  event: { readonly stage: string; readonly done: number; readonly note?: string },
  seconds: number,
  total: number | undefined,
  before: number,
): string {
  const count = total === undefined ? `${event.done}` : `${event.done}/${total}`;
  const parts = [`${event.stage} ${count}`];
  const own = event.done - before;
  if (total !== undefined && own > 0 && event.done < total && seconds > 0)
    parts.push(`${duration((seconds / own) * (total - event.done))} left`);
  if (event.note) parts.push(event.note);
  return parts.join(", ");
}

/** 0.8 s, 42 s, 3:05, 1:02:03. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (n: number): string => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
