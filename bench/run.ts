/** `npm run bench -- NAME`: runs one measurement, or all of them one after another; each prints one JSON line. */
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const known = readdirSync(folder)
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => basename(file, ".ts"));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`error: no such measurement: ${unknown.join(", ")} (there are: ${known.join(", ")})`);
  process.exit(2);
}
for (const name of wanted.length > 0 ? wanted : known) await import(`./${name}.ts`);
