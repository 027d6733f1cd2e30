/** `ironbark eval`: measures models on held-out data. */
import { group } from "../command.ts";

export default group("eval", "Measure models on held-out data", {
  cwe: () => import("./eval-cwe.ts").then((file) => file.default),
});
