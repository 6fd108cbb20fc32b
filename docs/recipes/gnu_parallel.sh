#!/usr/bin/env bash
# usage: gnu_parallel.sh [NEUROGRAFT [STUDY [DIR [SHARDS]]]]
#
# A study in shards through GNU parallel (Debian: parallel), and its tables in DIR.
#
# Kill it at any time: the same command does what is missing. That is why parallel's own --resume is
# not used. Other machines that see the same folders: add --sshlogin HOST,HOST to parallel.
set -euo pipefail

neurograft=$(readlink -f "${1:-build/release/neurograft}")
study=$(readlink -f "${2:-docs/recipes/study.toml}")
dir=$(realpath -m "${3:-results/recipes/gnu_parallel}")
shards=${4:-4}

# Bad input ends it here.
"$neurograft" sweep "$study" -o "$dir" --dry-run

# One run with one thread for each processor. A stopped shard has a minute for its checkpoint.
code=0
parallel --quote --jobs 100% --line-buffer --termseq TERM,60000,KILL,1000 \
  "$neurograft" sweep "$study" -o "$dir" --shard "{}/$shards" --jobs 1 \
  --progress none ::: $(seq 0 $((shards - 1))) >/dev/null || code=$?
# Up to 101 is a count of shards with failed runs, which the last call tells; 255 is Ctrl-C.
[[ $code -le 101 ]] || exit "$code"

# What a killed call left behind may be busy for another moment.
while "$neurograft" sweep status "$dir" | grep -q '^running *[1-9]'; do sleep 1; done

# As a rule nothing is left to do; this writes the tables and tells whether runs failed.
"$neurograft" sweep "$study" -o "$dir" --progress none
