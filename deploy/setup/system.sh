#!/usr/bin/env bash
# The few system packages that wheels do not carry. Installs what is missing when run as root; says it otherwise.
set -euo pipefail
cd "$(dirname "$0")"
missing=()
while read -r package; do
  case "$package" in ''|'#'*) continue ;; esac
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done < system-packages.txt
# Debian's own Python 3.11 comes without headers and without venv; other builds of it have both.
if python=$(command -v python3.11 || command -v python3); then
  "$python" -c 'import ensurepip' 2>/dev/null || missing+=(python3.11-venv)
  "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_paths()["include"] + "/Python.h"))' || missing+=(python3.11-dev)
fi
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "System packages are missing. As root: apt-get install ${missing[*]}" >&2
  exit 1
fi
printf '\n\033[1m● System packages: %s\033[0m\n' "${missing[*]}"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
