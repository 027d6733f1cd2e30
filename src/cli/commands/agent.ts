/** `ironbark agent`: for other agents. */
import { group } from "../command.ts";

export default group("agent", "Serve agents over A2A", {
  green: () => import("./agent-green.ts").then((file) => file.default),
  serve: () => import("./agent-serve.ts").then((file) => file.default),
});
