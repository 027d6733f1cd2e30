"""Finds drawings on disk: originals below `pieces`, reduced ones below `thumbs`."""

from pathlib import Path, PurePosixPath


class Cabinet:
    def __init__(self, home):
        self.pieces = Path(home) / "pieces"
        self.thumbs = Path(home) / "thumbs"

    def glazes(self):
        return {
            folder.name: sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.svg"))
            for folder in sorted(self.pieces.iterdir())
        }

    def piece(self, glaze, name):
        parts = PurePosixPath(name).parts
        if glaze == ".." or parts[:1] == ("..",):
            return None
        return self._read(self.pieces.joinpath(glaze, *parts))

    def thumb(self, size, name):
        wanted = PurePosixPath(name)
        if ".." in wanted.parts or wanted.is_absolute():
            return None
        return self._read(self.thumbs / size / wanted)

    @staticmethod
    def _read(path):
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
