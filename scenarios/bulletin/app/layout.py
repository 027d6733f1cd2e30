"""Sets lines of greetings and pages of news."""

from jinja2 import Environment

from village import current_issue

setting = Environment(autoescape=False)
setting.filters["shout"] = lambda text: str(text).upper() + "!"


def page_of(layout: str, **parts) -> str:
    """Editors write loops, conditions and filters."""
    return setting.from_string(layout).render(issue=current_issue(), **parts)


def set_line(text: str, to: str, sender: str) -> str:
    """One line with the names in their places."""
    return setting.from_string(text).render(to=to, sender=sender, issue=current_issue())
