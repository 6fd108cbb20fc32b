#!/usr/bin/env bash
# usage: tidy.sh SOURCE BUILD FILES
#
# The rules of .clang-tidy, on the sources whose path from the root matches the regular expression FILES.
# Exit code 77: no clang-tidy 16.
set -euo pipefail

source=$(readlink -f "$1") build=$2 files=$3
command -v run-clang-tidy-16 >/dev/null || { echo "no clang-tidy-16"; exit 77; }

cmake -S "$source" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=clang++-16 -DCMAKE_C_COMPILER=clang-16 \
  -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DNEUROGRAFT_REPORT_PAGE=OFF -DNEUROGRAFT_SHARED=OFF >/dev/null
run-clang-tidy-16 -quiet -j "$(nproc)" -p "$build" "^$source/($files)" 2>/dev/null >"$build/tidy.log" || {
  grep -E '(warning|error):' "$build/tidy.log" | sort -u
  exit 1
}
