"""Gallery of a pottery studio; pictures are SVG drawings kept in one folder per glaze."""

from flask import Flask, Response, abort, render_template, request

from cabinet import Cabinet

app = Flask(__name__, template_folder="pages")
cabinet = Cabinet(app.root_path)


def drawing(markup):
    if markup is None:
        abort(404)
    return Response(markup, mimetype="image/svg+xml")


def show_wall():
    size = "large" if request.args.get("big") else "small"
    return render_template("wall.html", glazes=cabinet.glazes(), size=size)


def show_piece(glaze, piece):
    return drawing(cabinet.piece(glaze, piece))


def show_thumb():
    return drawing(
        cabinet.thumb(
            request.args.get("size", "small"),
            request.args.get("of", ""),
        )
    )


app.add_url_rule("/", "wall", show_wall)
app.add_url_rule("/piece/<glaze>/<path:piece>", "piece", show_piece)
app.add_url_rule("/thumb", "thumb", show_thumb)
