"""Makes empty files until it is refused."""
from support import attempt, shop as app  # noqa: F401


def many():
    for number in range(200_000):
        open(f"/tmp/{number}", "w").close()


attempt("200000 files", many)
