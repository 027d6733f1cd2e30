/** The families of sites: a weakness, a shape of it and a language, and which of them training may see. */
import type { ScenarioType } from "../../core/index.ts";
import type { Ctx } from "./ctx.ts";
import type { Language, WeakPart } from "./part.ts";
import { accessPart, type AccessShape } from "./weaknesses/access.ts";
import { codePart, type CodeShape } from "./weaknesses/code.ts";
import { commandPart, type CommandShape } from "./weaknesses/command.ts";
import { deserializePart, type DeserializeShape } from "./weaknesses/deserialize.ts";
import { forgeryPart, type ForgeryShape } from "./weaknesses/forgery.ts";
import { filePart, type FileShape } from "./weaknesses/file.ts";
import { logPart, type LogShape } from "./weaknesses/log.ts";
import { markupPart, type MarkupShape } from "./weaknesses/markup.ts";
import { prototypePart, type PrototypeShape } from "./weaknesses/prototype.ts";
import { redirectPart, type RedirectShape } from "./weaknesses/redirect.ts";
import { uploadPart, type UploadShape } from "./weaknesses/upload.ts";

/** `held-out` families are never drawn for training, nor does a piece of them stand in a site that is. */
export type SiteSplit = "train" | "held-out";

export interface SiteFamily {
  /** `<weakness>-<language>-<shape>` */
  readonly id: string;
  readonly type: ScenarioType;
  readonly language: Language;
  readonly split: SiteSplit;
  readonly make: (ctx: Ctx) => WeakPart;
}

interface Kind<S extends string> {
  readonly name: string;
  readonly type: ScenarioType;
  readonly make: (ctx: Ctx, shape: S) => WeakPart;
  readonly train: readonly S[];
  readonly heldOut: readonly S[];
  readonly languages?: readonly Language[];
}

const BOTH: readonly Language[] = ["python", "javascript"];

function families<S extends string>({
  name,
  type,
  make,
  train,
  heldOut,
  languages = BOTH,
}: Kind<S>): SiteFamily[] {
  const of = (split: SiteSplit, shapes: readonly S[]): SiteFamily[] =>
    languages.flatMap((language) =>
      shapes.map((shape) => ({
        id: `${name}-${language}-${shape}`,
        type,
        language,
        split,
        make: (ctx: Ctx) => make(ctx, shape),
      })),
    );
  return [...of("train", train), ...of("held-out", heldOut)];
}

export const SITE_FAMILIES: readonly SiteFamily[] = [
  ...families<RedirectShape>({
    name: "redirect",
    type: "open_redirect",
    make: redirectPart,
    train: ["open", "slash"],
    heldOut: ["own"],
  }),
  ...families<AccessShape>({
    name: "access",
    type: "missing_authorization",
    make: accessPart,
    train: ["record", "report"],
    heldOut: ["claimed"],
  }),
  ...families<CommandShape>({
    name: "command",
    type: "command_injection",
    make: commandPart,
    train: ["bare", "quoted"],
    heldOut: ["options"],
  }),
  ...families<CodeShape>({
    name: "code",
    type: "code_injection",
    make: codePart,
    train: ["formula", "field"],
    heldOut: ["words"],
  }),
  ...families<DeserializeShape>({
    name: "deserialize",
    type: "deserialization",
    make: deserializePart,
    train: ["whole"],
    heldOut: ["filtered"],
  }),
  ...families<LogShape>({
    name: "log",
    type: "log_injection",
    make: logPart,
    train: ["lines", "named"],
    heldOut: ["half"],
  }),
  ...families<UploadShape>({
    name: "upload",
    type: "unrestricted_upload",
    make: uploadPart,
    train: ["endings", "declared"],
    heldOut: ["inside"],
  }),
  ...families<ForgeryShape>({
    name: "forgery",
    type: "csrf",
    make: forgeryPart,
    train: ["unasked", "absent"],
    heldOut: ["origin"],
  }),
  // Pollution is a weakness of JavaScript alone.
  ...families<PrototypeShape>({
    name: "prototype",
    type: "prototype_pollution",
    make: prototypePart,
    train: ["merge", "path"],
    heldOut: ["assigned"],
    languages: ["javascript"],
  }),
  // Python has these two among the families of `src/data/webapps`.
  ...families<MarkupShape>({
    name: "markup",
    type: "xss",
    make: markupPart,
    train: ["text", "attribute"],
    heldOut: ["stripped"],
    languages: ["javascript"],
  }),
  ...families<FileShape>({
    name: "file",
    type: "path_traversal",
    make: filePart,
    train: ["join", "resolve"],
    heldOut: ["prefix"],
    languages: ["javascript"],
  }),
];
