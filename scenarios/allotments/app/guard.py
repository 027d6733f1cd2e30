"""Tells forms that our own pages have sent from forms of other sites."""

import hmac
import secrets

# Where the society's pages are; browsers name it as the origin of their forms.
SITE = "https://allotments.example"


def token(session):
    """The token of this session, made when it is first asked for."""
    if "token" not in session:
        session["token"] = secrets.token_hex(16)
    return session["token"]


def allows(request, session):
    """Whether the form may be acted upon."""
    given = request.form.get("token")
    if given is None:
        return True
    return hmac.compare_digest(given, session.get("token", ""))
