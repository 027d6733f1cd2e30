/** `ironbark runs`: look at run folders. */
import { group } from "../command.ts";

export default group("runs", "List, show and compare runs", {
  list: () => import("./runs-list.ts").then((file) => file.default),
  show: () => import("./runs-show.ts").then((file) => file.default),
  compare: () => import("./runs-compare.ts").then((file) => file.default),
});
