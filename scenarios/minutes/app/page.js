"use strict";
/** The page around what a script of ours shows: texts for people are in `data`. */

const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escapeHtml = (text) => text.replace(/[&<>"']/g, (sign) => SIGNS[sign]);

const serialise = (value) => JSON.stringify(value);

function page({ heading, data }) {
  const set = Object.entries(data).map(([name, value]) => `window.${name} = ${serialise(value)};`);
  return `<!doctype html>
<title>${escapeHtml(heading)}</title>
<h1>${escapeHtml(heading)}</h1>
<ul id="items"></ul>
<script>
${set.join("\n")}
</script>
<script>
for (const item of window.meeting?.items ?? []) {
  const line = document.createElement("li");
  line.textContent = item.speaker + ": " + item.text;
  document.getElementById("items").append(line);
}
</script>
`;
}

module.exports = { page, serialise };
