/** What people see of progress events on a terminal, in a log, and with --quiet; time is the test's. */
import { expect, it } from "vitest";
import type { ProgressEvent } from "../core/events.ts";
import { createProgress, duration } from "./progress.ts";

function render(options: { terminal: boolean; quiet?: boolean }): string {
  let text = "";
  let clock = 0;
  const progress = createProgress({ ...options, write: (more) => void (text += more), now: () => clock });
  const at = (ms: number, event: ProgressEvent): void => {
    clock = ms;
    progress.emit(event);
  };
  const step = (done: number): ProgressEvent => ({
    kind: "stage-step",
    stage: "train",
    done,
    note: `loss ${done}`,
  });
  at(0, { kind: "stage-start", stage: "train", total: 100 });
  at(1000, step(10));
  at(1001, step(11));
  at(6000, step(60));
  at(7000, { kind: "note", text: "saved" });
  at(8000, step(80));
  at(10_000, { kind: "stage-end", stage: "train", seconds: 10, note: "loss 1" });
  progress.close();
  return text;
}

it("redraws one line on a terminal and says how long it will take", () => {
  const erase = "\r\u001b[K";
  expect(render({ terminal: true }).split(erase)).toEqual([
    "",
    "train 10/100, 9.0 s left, loss 10",
    "train 60/100, 4.0 s left, loss 60",
    "saved\n",
    "train 80/100, 2.0 s left, loss 80",
    "train: 10 s, loss 1\n",
  ]);
});

it("prints a line every few seconds elsewhere", () => {
  expect(render({ terminal: false })).toBe(
    ["train ...", "train 60/100, 4.0 s left, loss 60", "saved", "train: 10 s, loss 1", ""].join("\n"),
  );
});

it("prints nothing when told to be quiet", () => expect(render({ terminal: true, quiet: true })).toBe(""));

it("copes with steps of unknown number and of a stage that never started", () => {
  let text = "";
  const progress = createProgress({ terminal: false, write: (more) => void (text += more), now: () => 0 });
  progress.emit({ kind: "stage-step", stage: "read", done: 3 });
  expect(text).toBe("read 3\n");
});

it.each([
  [0.84, "0.8 s"],
  [41.6, "42 s"],
  [185, "3:05"],
  [3723, "1:02:03"],
])("writes %d seconds as %s", (seconds, text) => expect(duration(seconds)).toBe(text));
