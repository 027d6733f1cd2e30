/** `ironbark eval`: measures models on held-out data. */
import { group } from "../command.ts";

export default group("eval", "Measure models on held-out data", {
  codegen: () => import("./eval-codegen.ts").then((file) => file.default),
  cwe: () => import("./eval-cwe.ts").then((file) => file.default),
  cweval: () => import("./eval-cweval.ts").then((file) => file.default),
  cyberseceval: () => import("./eval-cyberseceval.ts").then((file) => file.default),
  detect: () => import("./eval-detect.ts").then((file) => file.default),
  http: () => import("./eval-http.ts").then((file) => file.default),
});
