"""The members, their addresses for post and their plots."""

from dataclasses import dataclass, field


@dataclass
class Member:
    user: str
    name: str
    word: str
    post: str
    plots: list = field(default_factory=list)


def _fresh():
    return [
        Member("ann", "Ann Ridley", "celeriac", "4 Mill Lane", ["A1", "A2"]),
        Member("bo", "Bo Larkin", "salsify", "9 Weir Row", ["B7"]),
        Member("cy", "Cy Marsh", "skirret", "2 The Green", []),
    ]


_members = _fresh()


def find(user):
    return next((one for one in _members if one.user == user), None)


def check(user, word):
    """Signing in begins from the books as they are kept, so that a trial spoils nothing."""
    global _members
    one = find(user)
    if one is None or one.word != word:
        return None
    _members = _fresh()
    return find(user)


def send_post(member, post):
    if 0 < len(post) <= 80:
        member.post = post


def hand_over(member, plot, to):
    taker = find(to)
    if taker is not None and plot in member.plots:
        member.plots.remove(plot)
        taker.plots.append(plot)


def holders():
    return sorted((plot, one.name) for one in _members for plot in one.plots)
