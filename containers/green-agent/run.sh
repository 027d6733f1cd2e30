#!/usr/bin/env bash
# For controllers that start an agent by its run.sh, with HOST and AGENT_PORT in the environment.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec bin/ironbark agent green --host "${HOST:-127.0.0.1}" --port "${AGENT_PORT:-9009}" ${CARD_URL:+--card-url "$CARD_URL"}
