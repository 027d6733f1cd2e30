/** `ironbark data`: imports and data sets. */
import { group } from "../command.ts";

export default group("data", "Import records and make data sets", {
  cve: () => import("./data-cve.ts").then((file) => file.default),
  cwe: () => import("./data-cwe.ts").then((file) => file.default),
  detection: () => import("./data-detection.ts").then((file) => file.default),
  http: () => import("./data-http.ts").then((file) => file.default),
  prompts: () => import("./data-prompts.ts").then((file) => file.default),
  reasoning: () => import("./data-reasoning.ts").then((file) => file.default),
  stdin: () => import("./data-stdin.ts").then((file) => file.default),
  sven: () => import("./data-detection.ts").then((file) => file.sven),
});
