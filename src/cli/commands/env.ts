/** `ironbark env`: the environments and the scenarios behind them. */
import { group } from "../command.ts";

export default group("env", "List, make, validate, play and serve environments", {
  list: () => import("./env-list.ts").then((file) => file.default),
  new: () => import("./env-new.ts").then((file) => file.default),
  validate: () => import("./env-validate.ts").then((file) => file.default),
  baselines: () => import("./env-baselines.ts").then((file) => file.default),
  serve: () => import("./env-serve.ts").then((file) => file.default),
});
