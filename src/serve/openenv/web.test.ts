/** What the page to play by hand is sent with. */
import { expect, it } from "vitest";
import { echoServing } from "./fixtures/echo.ts";

const { serve } = echoServing();

it.each([
  ["/web", "text/html"],
  ["/web/play.css", "text/css"],
  ["/web/play.js", "text/javascript"],
])("%s lets nothing in that is not its own", async (path, type) => {
  const response = await fetch((await serve()) + path);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toContain(type);
  const policy = response.headers.get("content-security-policy")!;
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).not.toContain("unsafe");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
});

it("holds no inline script or style", async () => {
  const html = await (await fetch(`${await serve()}/web`)).text();
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/i);
});

it("gives no other file", async () => {
  const url = await serve();
  for (const path of ["/web/../package.json", "/web/%2e%2e/package.json", "/web/play.html"])
    expect((await fetch(url + path)).status).toBe(404);
});
