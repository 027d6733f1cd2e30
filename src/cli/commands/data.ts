/** `ironbark data`: imports and data sets. */
import { group } from "../command.ts";

export default group("data", "Import records and build data sets", {
  cve: () => import("./data-cve.ts").then((file) => file.default),
  cwe: () => import("./data-cwe.ts").then((file) => file.default),
});
