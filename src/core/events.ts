/** Typed events that the library emits instead of printing; the command line renders them. */

export type ProgressEvent =
  | {
      readonly kind: "stage-start";
      readonly stage: string;
      readonly total?: number;
      /** What an earlier process has done already: it says nothing about the speed of this one. */
      readonly done?: number;
    }
  | {
      readonly kind: "stage-step";
      readonly stage: string;
      readonly done: number;
      readonly total?: number;
      readonly note?: string;
    }
  | { readonly kind: "stage-end"; readonly stage: string; readonly seconds: number; readonly note?: string }
  | { readonly kind: "note"; readonly text: string };

export type EventSink = (event: ProgressEvent) => void;
export const SILENT: EventSink = () => {};
