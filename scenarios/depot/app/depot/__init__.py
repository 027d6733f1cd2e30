"""The download centre: `vault` finds files, `listing` and `fetching` are its two blueprints."""
