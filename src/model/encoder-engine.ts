/** An encoder in a thread of its own, so that who asks it goes on meanwhile. */
import type { Classification } from "../core/classification.ts";
import { InputError } from "../core/errors.ts";
import { startThread } from "../util/thread.ts";
import type { Embedded, OpenedEncoder } from "./encoder-thread.ts";

export interface EncoderEngine extends OpenedEncoder {
  classify(texts: readonly string[]): Promise<Classification[]>;
  embed(texts: readonly string[]): Promise<Embedded>;
  close(): Promise<void>;
}

/** A BERT or RoBERTa, or a linear classifier. Throws InputError that names the file and what was expected. */
export async function openEncoderEngine(folder: string): Promise<EncoderEngine> {
  const own = import.meta.url;
  const thread = startThread(new URL(`./encoder-thread.${own.endsWith(".ts") ? "ts" : "js"}`, own), folder);
  const opened = await thread
    .call<OpenedEncoder | { problem: string }>("open")
    .catch((error: unknown) => ({ error }));
  if (!("labels" in opened)) {
    await thread.terminate();
    throw "problem" in opened ? new InputError(opened.problem) : opened.error;
  }
  return {
    ...opened,
    classify: (texts) => thread.call("classify", texts),
    embed: (texts) => thread.call("embed", texts),
    close: () => thread.terminate(),
  };
}
