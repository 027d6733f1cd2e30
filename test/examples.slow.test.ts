import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../src/util/root.ts";

const root = projectRoot();
const EXPECTED: Record<string, RegExp> = {
  "verify-a-patch.ts": /^reference: blocked .*\n.+: (broken|exploitable) /,
};

describe("examples", () => {
  it.each(readdirSync(join(root, "examples")))("%s prints what it promises", (file) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", join("examples", file)],
      {
        cwd: root,
        encoding: "utf8",
        timeout: 120_000,
      },
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(EXPECTED[file]!);
  });
});
