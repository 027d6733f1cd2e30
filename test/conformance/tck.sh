#!/usr/bin/env bash
# Runs the A2A compatibility kit against our server: test/conformance/tck.sh KIT_1.0 KIT_0.3
# KIT_1.0 is a checkout of a2aproject/a2a-tck at the branch 1.0-dev, KIT_0.3 one at a 0.3.0 beta tag; "-" leaves one out.
# PYTHON is an interpreter with what the kits need: pytest, pytest-asyncio, httpx, grpcio, protobuf,
# googleapis-common-protos, jsonschema, Jinja2, gherkin-official, pytest-html, pytest-json-report, requests,
# responses, deepdiff, python-dotenv, PyYAML, packaging, pyOpenSSL.
set -euo pipefail
cd "$(dirname "$0")/../.."
kit10=${1:?expected a checkout of the kit for 1.0, or -}
kit03=${2:--}
python=$(command -v "${PYTHON:-python3}")
port=${PORT:-9131}
# The kit for 0.3 takes localhost in a card for a leak, and any other name in its own address for production.
host=${HOST_NAME:-$(hostname)}
out=$(mktemp -d)
trap 'kill "${subject:-}" 2>/dev/null || true; rm -rf "$out"' EXIT

start() {
  PORT=$port HOST=0.0.0.0 CARD_URL=$1 node --import tsx test/conformance/sut.ts >"$out/subject" 2>"$out/errors" &
  subject=$!
  for _ in $(seq 120); do grep -q http "$out/subject" && return; sleep 0.5; done
  echo "the subject did not start" >&2
  exit 4
}

status=0
start "http://$host:$port"
if [ "$kit10" != - ]; then
  echo "== A2A 1.0: JSON-RPC and HTTP+JSON"
  (cd "$kit10" && "$python" -m pytest tests/compatibility -q --tb=no -p no:cacheprovider \
    --sut-host="http://$host:$port/v1" --transport=jsonrpc,http_json) || status=1
fi
if [ "$kit03" != - ]; then
  echo "== A2A 0.3: the mandatory category over JSON-RPC"
  (cd "$kit03" && TCK_STREAMING_TIMEOUT=2 "$python" -m pytest tests/mandatory -q --tb=no -p no:cacheprovider \
    --sut-url="http://localhost:$port" --test-scope=all) || status=1
fi
exit $status
