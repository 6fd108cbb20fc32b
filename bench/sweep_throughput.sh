#!/usr/bin/env bash
# usage: sweep_throughput.sh [NEUROGRAFT [RUNS [JOBS]]]
#
# How close does a sweep of many short runs come to the ideal, the sum of single run times over the runs
# at once? phantom_small, killed twice on the way (SIGKILL after a fifth of the expected time, SIGTERM
# after another two), and whether anything was lost or done twice.
set -euo pipefail
neurograft=$(readlink -f "${1:-build/release/neurograft}")
runs=${2:-1000}
jobs=${3:-$(nproc)}
configs=$(cd "$(dirname "${BASH_SOURCE[0]}")/../configs" && pwd)
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"

cat >study.toml <<TOML
base = "$configs/phantom_small.toml"
replicates = $runs
seed = 7
collect = ["donor_alive", "pbvc"]
TOML

now() { date +%s.%N; }
single() {  # wall time of a run alone, on one thread: the median of 9
  local n begin
  for n in 1 2 3 4 5 6 7 8 9; do
    begin=$(now)
    "$neurograft" run "$configs/phantom_small.toml" --seed "$n" --threads 1 -o alone.h5 \
      --progress none >/dev/null 2>&1
    echo "$(now) $begin"
  done | awk '{ print $1 - $2 }' | sort -n | sed -n 5p
}
before=$(single)

expected=$(awk -v t="$before" -v n="$runs" -v j="$jobs" 'BEGIN { print t * n / j }')
sweep=("$neurograft" sweep study.toml -o study --jobs "$jobs" --progress none)
spent=0
part() {  # share of the expected time, signal
  local begin
  begin=$(now)
  "${sweep[@]}" >/dev/null 2>&1 &
  sleep "$(awk -v e="$expected" -v s="$1" 'BEGIN { print e * s }')"
  kill "-$2" $!
  wait $! 2>/dev/null || true
  spent=$(awk -v s="$spent" -v a="$begin" -v b="$(now)" 'BEGIN { print s + b - a }')
}
part 0.2 KILL
part 0.4 TERM
find study/runs -name run.h5 -newer study.toml | while read -r file; do
  "$neurograft" info "$file" | grep -q 'complete *yes' && stat -c '%n %y' "$file"
done >done_before.txt
begin=$(now)
"${sweep[@]}" >/dev/null
spent=$(awk -v s="$spent" -v a="$begin" -v b="$(now)" 'BEGIN { print s + b - a }')
after=$(single)

twice=$(while read -r name time; do
  [[ $(stat -c %y "$name") == "$time" ]] || echo "$name"
done <done_before.txt | wc -l)
rows=$(($(wc -l <study/runs.csv) - 1))
awk -v a="$before" -v b="$after" -v n="$runs" -v j="$jobs" -v s="$spent" -v r="$rows" -v t="$twice" 'BEGIN {
  single = (a + b) / 2
  printf "a run alone     %.3f s before, %.3f s after\n", a, b
  printf "%d runs       %.1f s with %d at once, two kills included\n", n, s, j
  printf "of the ideal    %.1f %%\n", 100 * single * n / j / s
  printf "in the table    %d; done twice: %d\n", r, t
}'
