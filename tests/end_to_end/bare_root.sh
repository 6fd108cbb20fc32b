#!/usr/bin/env bash
# usage: bare_root.sh SOURCE_TREE [ROOT]
#
# Proves that ./quickstart names every package it needs: in a Debian 12 with nothing but the base
# system it installs, builds and runs a small scenario, a second call finds nothing left to do, and
# `./quickstart test` passes. Slow (it fetches a base system and some 150 packages, compiles, and runs
# the tests), and needs root. The package mirror is the one this machine is set up with. ROOT, if
# given, is kept and used again; it must be an empty folder or an earlier ROOT.
set -euo pipefail

source_tree=$(readlink -f "$1")
if [[ $EUID -ne 0 ]] || ! command -v debootstrap >/dev/null; then
  echo "skipped: needs root and debootstrap"
  exit 77
fi

if [[ $# -gt 1 ]]; then
  root=$2
  mkdir -p "$root"
else
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
fi

mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "bookworm" { print $2; exit }')
if [[ ! -x $root/usr/bin/apt-get ]]; then
  debootstrap --variant=minbase bookworm "$root" ${mirror:+"$mirror"}
fi

# This machine's way to its packages, whatever it is.
rm -f "$root"/etc/apt/sources.list
cp -r /etc/apt/. "$root/etc/apt/"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
cp -r /usr/local/share/ca-certificates "$root/usr/local/share/" 2>/dev/null || true

mkdir -p "$root/neurograft"
tar -C "$source_tree" --exclude=./build --exclude=./results --exclude=./.git -cf - . |
  tar -C "$root/neurograft" -xf -

# In a mount namespace of its own, so that nothing stays mounted whatever happens.
inside() {
  unshare --mount sh -c '
    root=$1
    shift
    mount -t proc proc "$root/proc" || true
    mount -t devpts devpts "$root/dev/pts" || true
    exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
  ' sh "$root" "$@"
}

inside /neurograft/quickstart build
second=$(inside /neurograft/quickstart build)
printf '%s\n' "$second"
if grep -q Installing <<<"$second"; then
  echo "the second call installed something"
  exit 1
fi
if grep -qE '\.(cpp\.o|a)$' <<<"$second"; then
  echo "the second call compiled something"
  exit 1
fi
inside /neurograft/build/release/neurograft run /neurograft/configs/phantom_small.toml \
  -o /neurograft/build/phantom_small.h5 --progress none --summary json

inside /neurograft/quickstart test
