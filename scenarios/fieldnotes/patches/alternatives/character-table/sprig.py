"""Sprig, the markup of the wiki: ## heading, - item, **strong**, __slanted__, ~code~, [[label|address]]."""

import re

INLINE = [
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"__(.+?)__"), r"<em>\1</em>"),
    (re.compile(r"~(.+?)~"), r"<code>\1</code>"),
]
# Anything but a web address stays what it is: two brackets and text.
LINK = re.compile(r"\[\[([^|\]]+)\|((?:https?://|/)[^\]]*)\]\]")
REFERENCES = {ord(sign): f"&#{ord(sign)};" for sign in "&<>\"'"}


def to_html(source):
    blocks = []
    items = []
    for line in source.splitlines():
        line = line.strip()
        if line.startswith("- "):
            items.append(f"<li>{inline(line[2:])}</li>")
            continue
        if items:
            blocks.append("<ul>" + "".join(items) + "</ul>")
            items = []
        if line.startswith("## "):
            blocks.append(f"<h2>{inline(line[3:])}</h2>")
        elif line:
            blocks.append(f"<p>{inline(line)}</p>")
    if items:
        blocks.append("<ul>" + "".join(items) + "</ul>")
    return "\n".join(blocks)


def inline(text):
    text = text.translate(REFERENCES)
    for pattern, replacement in INLINE:
        text = pattern.sub(replacement, text)
    return LINK.sub(link, text)


def link(match):
    label, address = match.group(1), match.group(2)
    return f'<a href="{address}">{label}</a>'
