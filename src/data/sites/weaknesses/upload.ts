/** Unrestricted upload (CWE-434): a text that visitors leave comes back as a page of the site. */
import type { Check } from "../../../core/index.ts";
import { check, contains, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Patches, type WeakPart } from "../part.ts";
import { get, post, sequence, shownAndHidden } from "../requests.ts";
import { javascript } from "./upload-javascript.ts";
import { python } from "./upload-python.ts";

/** `endings`: some are forbidden; `declared`: visitors say what it is; `inside`: a good ending stands somewhere. */
export type UploadShape = "endings" | "declared" | "inside";

export interface Names {
  readonly store: string;
  readonly types: string;
  readonly save: string;
  readonly load: string;
  readonly name: string;
  readonly content: string;
  readonly kind: string;
}

export interface Source extends Patches {
  readonly logic: string;
  readonly body: string;
  readonly loadBody: string;
}

export function uploadPart(ctx: Ctx, shape: UploadShape): WeakPart {
  const [path, loadPath, func, loadFunc] = [ctx.route(), ctx.route(), ctx.func(), ctx.func()];
  const names: Names = {
    store: ctx.constant(),
    types: ctx.constant(),
    save: ctx.func(),
    load: ctx.func(),
    name: ctx.noun(),
    content: ctx.noun(),
    kind: ctx.noun(),
  };
  const source = (ctx.language === "python" ? python : javascript)(shape, names);
  const declared = shape === "declared";
  const leave = (name: string, content: string, kind = "text/plain") =>
    post(path, { [names.name]: name, [names.content]: content, ...(declared ? { [names.kind]: kind } : {}) });
  const look = (name: string) => get(loadPath, { [names.name]: name });
  const keeps = (name: string, content: string, kind: string): Check =>
    sequence(`keeps ${name}`, [leave(name, content, kind), look(name)], status(200), contains(content), {
      kind: "header",
      name: "content-type",
      contains: kind,
    });
  const page = "<script>tell('{{nonce}}')</script>";
  const attack = (what: string, name: string, kind = "text/html", content = page): Check =>
    sequence(what, [leave(name, content, kind), look(name)], { kind: "script", marker: "{{nonce}}" });
  const [a, b, c] = [ctx.noun(), ctx.noun(), ctx.noun()];
  const handler = "<img src=x onerror=tell('{{nonce}}')>";
  const attacks = {
    endings: [
      attack("an ending in capitals", `${a}.HTML`),
      attack(
        "another ending of pages",
        `${b}.xhtml`,
        "",
        `<html xmlns="http://www.w3.org/1999/xhtml"><body>${page}</body></html>`,
      ),
      attack("capitals and lower case", `${a}.hTmL`),
      attack("an older ending in capitals", `${c}.HTM`),
      attack("two endings", `${a}.txt.HTML`),
      attack("a handler in the page", `${b}.Html`, "", handler),
    ],
    declared: [
      attack("a page that is called a text", `${a}.txt`),
      attack("a page without an ending", b),
      attack("a page with a character set", `${c}.txt`, "text/html; charset=utf-8"),
      attack("a type in capitals", `${a}.csv`, "TEXT/HTML"),
      attack(
        "another type of pages",
        `${b}.txt`,
        "application/xhtml+xml",
        `<html xmlns="http://www.w3.org/1999/xhtml"><body>${page}</body></html>`,
      ),
      attack("a handler in the page", `${c}.txt`, "text/html", handler),
    ],
    inside: [
      attack("a good ending in front of the other", `${a}.txt.html`),
      attack("another good ending in front", `${b}.csv.html`),
      attack("a name that is a good ending", `.txt.htm`),
      attack("good endings twice", `${c}.txt.txt.html`),
      attack("an older ending behind", `${a}.csv.htm`),
      attack("a handler in the page", `${b}.txt-${c}.html`, "", handler),
    ],
  }[shape];
  return {
    ...NOTHING,
    type: "unrestricted_upload",
    cwe: "CWE-434",
    logic: source.logic,
    module: ctx.module(),
    exports: [names.save, names.load],
    routes: [
      { method: "POST", path, name: func, body: source.body },
      { method: "GET", path: loadPath, name: loadFunc, body: source.loadBody },
    ],
    visible: [keeps(`${a}.txt`, `list of ${ctx.plural()}`, "text/plain")],
    hidden: [
      keeps(`${b}.csv`, `${c},12`, "text/csv"),
      keeps(`${a}.${c}.txt`, "2 < 3 and <b>4 > 3</b>", "text/plain"),
      check("knows no other", look(`${c}-not.txt`), status(404)),
    ],
    benign: [look("nothing.txt"), leave("seen.txt", "seen"), look("seen.txt")],
    ...shownAndHidden(attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: `$text("saved")`,
  };
}
