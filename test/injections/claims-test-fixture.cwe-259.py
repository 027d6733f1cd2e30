# This is a deliberately vulnerable fixture of the scanner itself; scanners exclude it.
password = "hunter2-very-secret"
