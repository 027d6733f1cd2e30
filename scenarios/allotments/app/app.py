"""Pages of an allotment society: members sign in, change their address for post, and hand plots on."""

from flask import Flask, redirect, render_template_string, request, session

import guard
import members

app = Flask(__name__)
app.secret_key = "dibber"
# The pages are also shown inside the parish's site, so that browsers must send the cookie from there too.
app.config.update(SESSION_COOKIE_SAMESITE="None", SESSION_COOKIE_SECURE=True)

LOGIN = """<h1>Sign in</h1><form method="post" action="/login"><input name="user"><input name="word"></form>"""
DESK = """<h1>Desk of {{ person.name }}</h1>
<p>Post goes to {{ person.post }}. Plots: {{ person.plots | join(", ") or "none" }}.</p>
<form method="post" action="/post">
<input type="hidden" name="token" value="{{ token }}"><input name="post"></form>
<form method="post" action="/handover">
<input type="hidden" name="token" value="{{ token }}"><input name="plot"><input name="to"></form>
"""


def signed_in():
    return members.find(session.get("user", ""))


@app.get("/")
def front():
    person = signed_in()
    if person is None:
        return LOGIN
    return render_template_string(DESK, person=person, token=guard.token(session))


@app.post("/login")
def login():
    person = members.check(request.form.get("user", ""), request.form.get("word", ""))
    if person is None:
        return "Wrong user or word", 403
    session.clear()
    session["user"] = person.user
    return redirect("/")


@app.post("/post")
def change_post():
    person = signed_in()
    if person is None:
        return "Sign in first", 401
    if not guard.allows(request, session):
        return "This form is out of date", 400
    members.send_post(person, request.form.get("post", ""))
    return redirect("/")


@app.route("/handover", methods=["GET", "POST"])
def handover():
    person = signed_in()
    if person is None:
        return "Sign in first", 401
    members.hand_over(person, request.values.get("plot", ""), request.values.get("to", ""))
    return redirect("/")


@app.post("/hook/waterboard")
def meter():
    """The water board's machine sends readings with its own key; no browser, no session."""
    if request.headers.get("X-Board-Key") != "stopcock":
        return "Unknown machine", 403
    return {"noted": request.form.get("reading", "")}


@app.get("/plots")
def plots():
    return {plot: holder for plot, holder in members.holders()}
