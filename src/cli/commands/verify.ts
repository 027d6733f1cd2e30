/** `ironbark verify`: holds what somebody claims against what can be shown. */
import { group } from "../command.ts";

export default group("verify", "Hold labels against what can be shown", {
  http: () => import("./verify-http.ts").then((file) => file.default),
});
