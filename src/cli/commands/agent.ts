/** `ironbark agent`: for other agents. */
import { group } from "../command.ts";

export default group("agent", "Serve agents over A2A", {
  serve: () => import("./agent-serve.ts").then((file) => file.default),
});
