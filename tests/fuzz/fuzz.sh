#!/usr/bin/env bash
# fuzz.sh TARGET DOCS KEEP SECONDS SEEDS... : runs a fuzzing target for so long, beginning with the
# seeds and what it found before. Inputs that reach new code go to KEEP/corpus, one that breaks
# something to KEEP; the exit code is then not 0, and `TARGET FILE` does it again.
set -euo pipefail

target=$1 docs=$2 keep=$3 seconds=$4
shift 4
mkdir -p "$keep/corpus"
# In memory where that can be: files are made by the thousand.
scratch=$(mktemp -d -p "$([[ -w /dev/shm ]] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$scratch"' EXIT

# The words that a user finds in the documentation.
# shellcheck disable=SC2016  # the backticks are those of Markdown
grep -hoE '`[A-Za-z0-9_.]{2,40}`' "$docs"/*.md | tr -d '`' | sort -u | sed 's/.*/"&"/' >"$scratch/words"

export OMP_NUM_THREADS=1
known_leaks=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../support/known_leaks.txt
export LSAN_OPTIONS=suppressions=$known_leaks:print_suppressions=0
TMPDIR=$scratch "$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=16384 \
  -dict="$scratch/words" -artifact_prefix="$keep/" -print_final_stats=1 -verbosity=1 \
  "$keep/corpus" "$@" >"$scratch/log" 2>&1 || { grep -v "^#" "$scratch/log" | tail -n 60; exit 1; }
grep -E '^stat::(number_of_executed_units|new_units_added|slowest_unit_time_sec|peak_rss_mb)' "$scratch/log"
tail -n 1 "$scratch/log"
