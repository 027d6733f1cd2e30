#!/usr/bin/env bash
# The official Python client completes a patch task: test/conformance/python-clients.sh PYTHON [PYTHON ...]
# Each PYTHON is an interpreter with the PyPI package a2a-sdk, of 1.x or of 0.3.x.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || { echo "expected at least one interpreter with a2a-sdk" >&2; exit 2; }
out=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$out"' EXIT
bin/ironbark agent serve --port 0 --tasks "$out/tasks" --json --quiet >"$out/said" &
server=$!
for _ in $(seq 120); do grep -q url "$out/said" && break; sleep 0.5; done
url=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).url' "$out/said")
for python in "$@"; do "$python" test/conformance/python_client.py "$url"; done
