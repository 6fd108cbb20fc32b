#!/usr/bin/env bash
# usage: determinism.sh NEUROGRAFT CONFIG
#
# The same config and seed give the same file to the last bit, whatever the number of threads, the
# order of agents in memory and the C library's choice of code for this processor, and however often
# the run is stopped, by SIGTERM or by SIGKILL, and resumed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

neurograft=$(readlink -f "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
config=$work/config.toml
cp "$2" "$config"  # all runs read the same, whatever happens to the tree meanwhile

run() {  # name, options
  local name=$1
  shift
  "$neurograft" run "$config" -o "$work/$name.h5" --progress none "$@" >"$work/$name.log" 2>&1 || {
    local code=$?
    cat "$work/$name.log"
    return "$code"
  }
}

expect_same() {  # name, what is said of it
  "$neurograft" compare "$work/reference.h5" "$work/$1.h5" || fail "$2: not identical"
  printf 'same: %s\n' "$2"
  rm -f "$work/$1".h5*
}

microseconds() { echo $((${EPOCHREALTIME/[^0-9]/})); }

before=$(microseconds)
run reference --threads 1
wall=$(($(microseconds) - before))
printf 'reference: %d ms on one thread\n' $((wall / 1000))

# A comparison that cannot tell runs apart would prove nothing.
run other --seed 4242
if "$neurograft" compare "$work/reference.h5" "$work/other.h5"; then
  fail "another seed gave the same results"
fi
rm "$work/other.h5"

for threads in 2 7; do
  run threads --threads "$threads"
  expect_same threads "$threads threads"
done
for hours in 1 720; do
  run sorted --threads 2 --set "simulation.sort_every_h=$hours"
  expect_same sorted "agents sorted every $hours h"
done
# The C library chooses its code by the processor's features: those of other processors than this one
# are had by hiding some. Their names changed with its releases; it passes over those it does not know.
loader=$(ldd "$neurograft" | grep -o '/[^ ]*/ld-linux[^ ]*')
features() { "$loader" --list-diagnostics 2>/dev/null | grep '^x86.cpu_features.*active'; }
hides() {  # features
  [[ $(GLIBC_TUNABLES=glibc.cpu.hwcaps=$1 features) != "$(features)" ]]
}
expect_same_without() {  # features, what is said of them
  GLIBC_TUNABLES=glibc.cpu.hwcaps=$1 run masked --threads 2
  expect_same masked "$2 hidden from the C library"
}
avx2=-AVX2_Usable,-FMA_Usable,-AVX2,-FMA
hides "$avx2" || fail "AVX2 and FMA could not be hidden"
expect_same_without "$avx2" "AVX2 and FMA"
others=-AVX512F,-AVX512VL,-AVX512BW,-AVX512CD,-AVX512DQ,-AVX512ER,-ERMS,-FSRM,-RTM
if hides "$others"; then
  expect_same_without "$others" "AVX-512, where there is any, and fast string instructions"
fi

# Starts the run, or goes on with it, and sends a signal after so many microseconds. The exit code is
# the run's.
interrupt() {  # name, signal, microseconds, options
  local name=$1 signal=$2 delay=$3 pid code=0
  shift 3
  "$neurograft" run "$config" -o "$work/$name.h5" --resume --progress none "$@" \
    >"$work/$name.log" 2>&1 &
  pid=$!
  sleep "$((delay / 1000000)).$(printf '%06d' $((delay % 1000000)))"
  kill "-$signal" "$pid" 2>/dev/null || true
  wait "$pid" || code=$?
  return "$code"
}

# Stops a run twice, each time at another number of threads, and ends it at yet another. Speeds vary:
# a run that ended before its signal, or had not begun, is tried again with another delay.
stop_twice_and_resume() {  # name, signal, code of a stopped run, options
  local name=$1 signal=$2 expected=$3 delay=$((wall / 4)) stops=0 tries code
  shift 3
  for ((tries = 0; tries < 20 && stops < 2; ++tries)); do
    code=0
    interrupt "$name" "$signal" "$delay" --threads $((stops + 1)) "$@" || code=$?
    if [[ $code -eq $expected && -e $work/$name.h5.ckpt ]]; then
      stops=$((stops + 1))
    elif [[ $code -eq 0 ]]; then
      rm -f "$work/$name".h5*
      stops=0
      delay=$((delay * 2 / 3))
    elif [[ $code -eq $expected || $code -eq 143 ]]; then
      delay=$((delay * 5 / 4))
    else
      cat "$work/$name.log"
      fail "signal $signal: exit code $code instead of $expected"
    fi
  done
  [[ $stops -eq 2 ]] || fail "signal $signal: could not be stopped twice in $tries tries"
  run "$name" --resume --threads 7 "$@"
  [[ ! -e $work/$name.h5.ckpt && ! -e $work/$name.h5.part ]] || fail "left-overs of a complete run"
  expect_same "$name" "stopped twice by SIG$signal and resumed with other numbers of threads"
}

stop_twice_and_resume stopped TERM 75
stop_twice_and_resume killed KILL 137 --set output.checkpoint_every_min=0.002
