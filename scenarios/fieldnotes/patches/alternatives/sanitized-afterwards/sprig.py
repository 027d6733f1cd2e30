"""Sprig, the markup of the wiki: ## heading, - item, **strong**, __slanted__, ~code~, [[label|address]]."""

import re
from html import escape
from html.parser import HTMLParser

INLINE = [
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"__(.+?)__"), r"<em>\1</em>"),
    (re.compile(r"~(.+?)~"), r"<code>\1</code>"),
]
LINK = re.compile(r"\[\[([^|\]]+)\|([^\]]+)\]\]")


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
    return sanitized("\n".join(blocks))


def inline(text):
    for pattern, replacement in INLINE:
        text = pattern.sub(replacement, text)
    return LINK.sub(link, text)


def link(match):
    label, address = match.group(1), match.group(2)
    return f'<a href="{address}">{label}</a>'


class Sanitizer(HTMLParser):
    """Writes a document again with nothing but the elements that Sprig itself makes."""

    ALLOWED = ("p", "h2", "ul", "li", "strong", "em", "code", "a")

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.out = []

    def handle_starttag(self, name, attributes):
        if name not in self.ALLOWED:
            return
        address = dict(attributes).get("href") or ""
        if name != "a":
            self.out.append(f"<{name}>")
        elif re.match(r"(https?://|/)", address):
            self.out.append(f'<a href="{escape(address)}">')
        else:
            self.out.append("<a>")

    def handle_endtag(self, name):
        if name in self.ALLOWED:
            self.out.append(f"</{name}>")

    def handle_data(self, data):
        self.out.append(escape(data, quote=False))


def sanitized(html):
    sanitizer = Sanitizer()
    sanitizer.feed(html)
    sanitizer.close()
    return "".join(sanitizer.out)
