"""Application factory of the catalogue."""

import os

from flask import Flask

from .catalogue import routes
from .shelves import Shelves


def create_app(database="library.db"):
    app = Flask(__name__)
    shelves = Shelves(os.path.join(os.path.dirname(app.root_path), database))
    app.register_blueprint(routes(shelves))
    return app
