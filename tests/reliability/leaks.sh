#!/usr/bin/env bash
# usage: leaks.sh NEUROGRAFT CONFIGS
#
# The command, under valgrind: no memory is lost for good, none read that was not written, none used
# outside its bounds; neither where it does its work nor where it refuses.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../end_to_end/expect.sh"

neurograft=$(readlink -f "$1")
configs=$(readlink -f "$2")
command -v valgrind >/dev/null || { echo "no valgrind"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

found=99
check() {  # exit code, arguments of the command
  local expected=$1 code=0
  shift
  valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
    --error-exitcode=$found "$neurograft" "$@" >log 2>&1 || code=$?
  [[ $code -eq $expected ]] || { cat log; fail "exit code $code instead of $expected: $*"; }
  printf 'nothing found: neurograft %s\n' "$*"
}

small=(--set graft.cells=500 --set simulation.duration_d=6
  --set "output.snapshots_d=[1]" --progress none)
config=$configs/phantom_small.toml
check 0 check "$config"
check 0 run "$config" -o run.h5 "${small[@]}" --threads 2
check 0 run "$config" -o half.h5 "${small[@]}" --until 3 --threads 1
check 0 run "$config" -o half.h5 "${small[@]}" --resume --threads 2
check 0 compare run.h5 half.h5
check 0 info run.h5
check 0 export run.h5 --nifti images --vtk images --csv tables
check 0 params
check 0 brain phantom -o brain.nii.gz --resolution-mm 4
printf 'base = "%s"\nset = ["graft.cells=500"]\n[[axis]]\nkey = "host.hla_mismatches"\nvalues = [2, 4]\n' \
  "$config" >study.toml
check 0 sweep study.toml -o study --dry-run
check 2 run "$config" -o run2.h5 --set graft.cells=-1
check 2 check nowhere.toml
check 4 run "$config" -o /proc/run.h5 "${small[@]}"
head -c 500 brain.nii.gz >cut.nii.gz
check 2 check "$config" --set brain.source=cut.nii.gz
check 2 sweep "$config" -o study
check 0 run "$config" -o half.h5 "${small[@]}" --until 3
printf 'x' | dd of=half.h5.ckpt bs=1 seek=5000 conv=notrunc status=none
check 4 run "$config" -o half.h5 "${small[@]}" --resume
