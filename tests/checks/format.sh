#!/bin/sh
# usage: format.sh SOURCE_TREE
# C++ is formatted as .clang-format says. Releases of clang-format differ in detail, so only the one
# of Debian 12 is asked.
set -eu
cd "$1"
command -v clang-format >/dev/null || { echo "skipped: no clang-format"; exit 77; }
case $(clang-format --version) in
  *"version 14."*) ;;
  *) echo "skipped: not clang-format 14"; exit 77 ;;
esac
find . -path ./build -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
  xargs -0 clang-format --dry-run -Werror
