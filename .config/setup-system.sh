#!/usr/bin/env bash
# Debian packages that some tests need. Without them those tests skip by name.
set -euo pipefail
packages=(softhsm2 golang-go golang-golang-x-mod-dev python3-jwcrypto openssl curl python3 default-jdk-headless chromium)
missing=()
for package in "${packages[@]}"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
sudo=""
[ "$(id -u)" -eq 0 ] || sudo=sudo
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
