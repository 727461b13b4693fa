#!/usr/bin/env bash
# Builds the two Python environments from their lock files: .venv (core, gateway, speech, tools) and .venv-language (vLLM).
# Everything is hash-checked. Run again, it does nothing unless a lock has changed.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { printf '\n\033[1m● %s\033[0m\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

PYTHON=${PYTHON:-}
for candidate in $PYTHON python3.11 python3; do
  if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    PYTHON=$candidate
    break
  fi
  PYTHON=
done
[ -n "$PYTHON" ] || fail "Python 3.11 is needed (torch's CPU build is made for it): apt-get install python3.11 python3.11-venv"

# What the package installer of this machine is set to (index, folders of wheels) holds for uv too.
setting() { "$PYTHON" -m pip config get "global.$1" 2>/dev/null || true; }
FIND_LINKS=${PIP_FIND_LINKS:-$(setting find-links)}
INDEX=${PIP_INDEX_URL:-$(setting index-url)}
[ -z "$FIND_LINKS" ] || export UV_FIND_LINKS="$FIND_LINKS"
[ -z "$INDEX" ] || export UV_DEFAULT_INDEX="$INDEX"
[ -z "${PIP_CERT:-$(setting cert)}" ] || export SSL_CERT_FILE="${PIP_CERT:-$(setting cert)}"
[ -z "${CI:-}" ] || export UV_NO_PROGRESS=1
export UV_LINK_MODE=copy UV_HTTP_TIMEOUT=300
# Services may not write beside the libraries: without this every process would compile them anew (vLLM: 100 s of its start).
export UV_COMPILE_BYTECODE=1

stamp() { cat "$@" | sha256sum | cut -d' ' -f1; }
fresh() { [ -f "$1/.lock-stamp" ] && [ "$(cat "$1/.lock-stamp")" = "$2" ]; }

make_venv() {
  [ -x "$1/bin/python" ] || "$PYTHON" -m venv "$1" 2>/dev/null || fail "python3.11-venv is needed: apt-get install python3.11-venv"
}

CORE_STAMP=$(stamp deploy/core.lock)
if ! fresh .venv "$CORE_STAMP"; then
  say "Core environment (.venv): about 1.2 GB, a minute or two"
  make_venv .venv
  .venv/bin/python -m pip install --quiet "uv==0.13.9" || fail "uv could not be installed: is there a package index?"
  .venv/bin/uv pip install --python .venv/bin/python --require-hashes --no-deps -r deploy/core.lock
  # The package itself: a path entry is enough, nothing is built.
  SITE=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
  pwd > "$SITE/triage-checkout.pth"
  printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m triage.cli.main "$@"\n' "$(pwd)" > .venv/bin/triage
  chmod +x .venv/bin/triage
  echo "$CORE_STAMP" > .venv/.lock-stamp
fi

LANGUAGE_STAMP=$(stamp deploy/language.lock deploy/language-torch-cuda.lock)
if ! fresh .venv-language "$LANGUAGE_STAMP"; then
  say "Language environment (.venv-language, vLLM): about 2.9 GB, one to ten minutes"
  make_venv .venv-language
  UV=".venv/bin/uv pip install --python .venv-language/bin/python --require-hashes --no-deps"
  if ! $UV -r deploy/language.lock; then
    say "No index or folder here has torch's CPU build; installing the CUDA build of the same version instead (larger, same hashes rule)"
    awk '/^torch==/ {skip=1; next} skip && /^[^ ]/ {skip=0} !skip' deploy/language.lock > .venv-language/without-torch.lock
    $UV -r .venv-language/without-torch.lock || fail "The language environment could not be built: see the lines above."
    $UV -r deploy/language-torch-cuda.lock || fail "torch 2.13.0 could not be installed: give pip a folder that has it (PIP_FIND_LINKS)."
  fi
  echo "$LANGUAGE_STAMP" > .venv-language/.lock-stamp
fi
