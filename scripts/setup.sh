#!/usr/bin/env bash
# Installs what Ironbark needs and is missing: npm packages, a Python environment in .venv, bubblewrap and curl, the
# compiled addon. What is up to date is left alone, so that running it again takes a moment; two at once take turns.
#
#   scripts/setup.sh [--dev|--openenv|--trainers|--cves]
#     --dev       adds the Python packages that only the tests use
#     --openenv   those of OpenEnv's own clients and of trainers on it, two gigabytes in .venv-openenv
#     --trainers  TRL and Ray, over a gigabyte in .venv-trainers, and two files each of OpenRLHF and EasyR1
#     --cves      the packages with published vulnerabilities, which only the sandbox runs
#
# IRONBARK_PIP_ARGS holds more arguments for `pip install`, for instance an index with CPU builds of torch.
# Exit code 3, with one sentence, for what may not be installed from here.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

stamps=.cache/setup
mkdir -p "$stamps"

have() { command -v "$1" >/dev/null 2>&1; }
say() { printf '%s\n' "$1" >&2; }
refuse() {
  say "error: $1"
  exit 3
}

# up_to_date NAME CONTENT: whether step NAME has succeeded for exactly this content.
up_to_date() { [ "$(cat "$stamps/$1" 2>/dev/null)" = "$2" ]; }
done_with() { printf '%s\n' "$2" >"$stamps/$1"; }
hash_of() { sha256sum -- "$@" | sha256sum | cut -d ' ' -f 1; }

# apt PACKAGE REASON: installs a system package where that is allowed.
apt() {
  local refusal="$1 is missing ($2) and cannot be installed from here: run \`sudo apt-get install $1\`, then this again."
  local as_root=()
  have apt-get || refuse "$1 is missing ($2): install it with this system's package manager, then run this again."
  if [ "$(id -u)" != 0 ]; then
    if have sudo && sudo -n true 2>/dev/null; then as_root=(sudo -n); else refuse "$refusal"; fi
  fi
  say "Installing $1 ($2)"
  local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends "$1")
  "${install[@]}" >/dev/null 2>&1 || {
    "${as_root[@]}" apt-get -qq update >/dev/null 2>&1 || true
    "${install[@]}" >&2 || refuse "$refusal"
  }
}

check_tools() {
  have node || refuse "Node.js is missing: install Node.js 20.19 or newer."
  have npm || refuse "npm is missing: install it (on Debian: \`sudo apt-get install npm\`)."
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    refuse "Node.js $(node --version) is too old: install Node.js 20.19 or newer."
  have python3 || refuse "python3 is missing: install Python 3.11 or newer."
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    refuse "$(python3 --version) is too old: install Python 3.11 or newer."
  if [ -z "${CXX:-}" ] && ! have g++; then
    for compiler in c++ clang++; do
      if have "$compiler"; then export CXX=$compiler && break; fi
    done
    [ -n "${CXX:-}" ] || refuse "a C++ compiler is missing: install one (on Debian: \`sudo apt-get install g++\`)."
  fi
}

install_system_packages() {
  have bwrap || apt bubblewrap "it isolates the applications under test"
  have curl || apt curl "commands inside an environment call the application with it"
  bwrap --unshare-all --ro-bind / / true 2>/dev/null ||
    say "warning: bubblewrap cannot make namespaces here, so environments will refuse to start: allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), or leave the container."
}

install_npm_packages() {
  local wanted
  wanted="$(hash_of package-lock.json) $(node --version)"
  if [ -d node_modules ] && up_to_date npm "$wanted"; then return; fi
  # Installed by hand, whole and from this lock file: good as it is.
  if [ node_modules/.package-lock.json -nt package-lock.json ] && npm ls --all >/dev/null 2>&1; then
    done_with npm "$wanted"
    return
  fi
  rm -f "$stamps/npm"
  say "Installing the npm packages"
  # Not `npm ci`: it insists on a locked version of every platform's optional binaries, which not every registry
  # carries. Versions come from the lock file all the same, and --no-save leaves that file alone.
  npm install --no-save --no-audit --no-fund --loglevel=error >&2
  done_with npm "$wanted"
}

make_python_environment() {
  if .venv/bin/python -c 'import pip' 2>/dev/null; then return; fi
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt python3-venv "Python cannot make environments without it"
  rm -rf .venv "$stamps"/python*
  say "Making a Python environment in .venv"
  python3 -m venv .venv >&2 || refuse "python3 could not make the environment .venv (see above)."
}

# install_python_packages NAME FILE [ARGUMENT...]
install_python_packages() {
  local wanted
  local name="$1" file="$2"
  shift 2
  wanted="$(hash_of "$file") $(.venv/bin/python --version)"
  if up_to_date "$name" "$wanted"; then return; fi
  rm -f "$stamps/$name"
  say "Installing the Python packages of $file (torch alone is some hundred megabytes)"
  # Word splitting is wanted: several arguments in one variable.
  # shellcheck disable=SC2086
  .venv/bin/python -m pip install --quiet --no-input --no-compile --disable-pip-version-check ${IRONBARK_PIP_ARGS:-} "$@" -r "$file" >&2
  compile_python_packages
  done_with "$name" "$wanted"
}

# Bytecode for what starts inside the isolation, where none can be written. All of torch would take half a minute, of
# which an import uses little.
compile_python_packages() {
  .venv/bin/python -m compileall -q -j 2 -x '/(torch|torchgen|functorch|sympy|networkx|transformers|accelerate|peft|pip)/' \
    "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" || true
}

# install_apart NAME WHAT: the packages of requirements-NAME.txt into .venv-NAME, where WHAT is skipped without them.
install_apart() {
  local wanted name="$1" file="python/requirements-$1.txt"
  wanted="$(hash_of "$file") $(.venv/bin/python --version)"
  if up_to_date "$name" "$wanted"; then return; fi
  rm -rf ".venv-$name" "$stamps/$name"
  say "Installing the Python packages of $file into .venv-$name"
  # shellcheck disable=SC2086
  if .venv/bin/python -m venv ".venv-$name" >&2 &&
    ".venv-$name/bin/python" -m pip install --quiet --no-input --disable-pip-version-check ${IRONBARK_PIP_ARGS:-} -r "$file" >&2; then
    done_with "$name" "$wanted"
  else
    rm -rf ".venv-$name"
    say "warning: the packages of $file could not be installed, so $2 are skipped."
  fi
}

# fetch_files REPOSITORY COMMIT PATH...: these files of a GitHub repository, below .cache/trainers.
fetch_files() {
  local folder=".cache/trainers/${1#*/}" commit="$2" from="https://github.com/$1"
  have git || { say "warning: git is missing, so tests with files of $1 are skipped." && return; }
  if [ "$(cat "$folder/.commit" 2>/dev/null)" = "$commit" ]; then return; fi
  rm -rf "$folder" "$folder.git"
  mkdir -p "$folder"
  if git init --quiet --bare "$folder.git" &&
    git --git-dir="$folder.git" fetch --quiet --depth 1 "$from" "$commit" 2>/dev/null &&
    git --git-dir="$folder.git" archive "$commit" "${@:3}" | tar -x -C "$folder"; then
    printf '%s\n' "$commit" >"$folder/.commit"
  else
    rm -rf "$folder"
    say "warning: files of $1 could not be fetched, so tests with them are skipped."
  fi
  rm -rf "$folder.git"
}

install_trainers() {
  install_apart trainers "the tests with other trainers"
  fetch_files OpenRLHF/OpenRLHF 3c3be6234e0cb353e76bb8019947db9dfe99fca7 openrlhf/utils/agent.py
  fetch_files hiyouga/EasyR1 b44b311b669bf1fd1aa2fc36f2251482ba33cb16 verl/workers/reward
}

# Packages with published vulnerabilities go into cves/.packages: nothing of Ironbark can import them from there, and
# nothing of theirs runs while they are installed.
install_cves() {
  local wanted line
  wanted="$(hash_of cves/package.json cves/package-lock.json cves/requirements.txt)"
  if [ -d cves/.packages ] && up_to_date cves "$wanted"; then return; fi
  rm -rf cves/.packages "$stamps/cves"
  mkdir -p cves/.packages/npm
  cp cves/package.json cves/package-lock.json cves/.packages/npm/
  say "Installing the packages with published vulnerabilities into cves/.packages (install scripts are off)"
  (cd cves/.packages/npm && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  while read -r line; do
    case "$line" in "" | "#"*) continue ;; esac
    install_release "$line"
  done <cves/requirements.txt
  done_with cves "$wanted"
}

# install_release NAME==VERSION: only wheels, as building anything else would run it.
install_release() {
  local name="${1%%==*}" version="${1##*==}" pip
  local to="cves/.packages/pypi/${name//[^A-Za-z0-9-]/-}-$version"
  # shellcheck disable=SC2206
  pip=(.venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check ${IRONBARK_PIP_ARGS:-}
    --no-deps --no-compile --only-binary :all: --target "$to")
  "${pip[@]}" "$1" >/dev/null 2>&1 && return
  # Of some old releases, the wheels that are left are for Windows. Their Python files are the same.
  "${pip[@]}" --platform win_amd64 --python-version 3.8 "$1" >&2
}

exec 9>"$stamps/lock"
flock -n 9 || {
  say "Waiting for another setup of this project to end"
  flock 9
}
check_tools
install_system_packages
install_npm_packages &
npm=$!
trap wait EXIT # nothing goes on installing after a refusal
make_python_environment
install_python_packages python python/requirements.txt
install_python_packages python-models python/requirements-models.txt --no-deps
if [ "${1:-}" = --dev ]; then
  install_python_packages python-dev python/requirements-dev.txt
fi
if [ "${1:-}" = --openenv ]; then install_apart openenv "the tests with OpenEnv's own clients"; fi
if [ "${1:-}" = --trainers ]; then install_trainers; fi
if [ "${1:-}" = --cves ]; then install_cves; fi
node native/build.mjs
wait "$npm"
