"""Download centre of an instrument maker: an index, the downloads, and a peek at text files."""

from flask import Flask

from depot import fetching, listing

app = Flask(__name__)
app.register_blueprint(listing.bp)
app.register_blueprint(fetching.bp, url_prefix="/get")


@app.errorhandler(404)
def missing(_error):
    return "There is no such release.\n", 404, {"Content-Type": "text/plain"}
