/** The page to play an environment by hand, at /web: three files of the folder web/, and a policy that lets nothing else in. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hono } from "hono";
import { projectRoot } from "../../util/root.ts";

const FILES: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  "/web": { file: "play.html", type: "text/html; charset=utf-8" },
  "/web/play.css": { file: "play.css", type: "text/css; charset=utf-8" },
  "/web/play.js": { file: "play.js", type: "text/javascript; charset=utf-8" },
};

/** What the page shows is hostile: no inline script or style, nothing from elsewhere, no frame around it, no form sent. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Adds the routes. */
export function addWebRoutes(app: Hono): void {
  for (const [path, { file, type }] of Object.entries(FILES))
    app.get(path, async (c) =>
      c.body(await readFile(join(projectRoot(), "web", file), "utf8"), 200, {
        "content-type": type,
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
      }),
    );
  app.get("/web/", (c) => c.redirect("/web"));
}
