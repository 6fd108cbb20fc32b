#!/usr/bin/env bash
# usage: completion.sh NEUROGRAFT SOURCE_TREE
#
# What the tab key offers.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

neurograft=$(readlink -f "$1")
source "$2/sim/completion/neurograft.bash"
compopt() { :; }  # works only while bash completes

offers() {  # words of the line, the last one being typed
  COMP_WORDS=("$neurograft" "$@")
  COMP_CWORD=$#
  _neurograft
  printf '%s\n' "${COMPREPLY[@]}"
}
expect_offer() {  # offer, words
  local offer=$1
  shift
  local all  # in full: a pipe that grep closes early would count as a failure
  all=$(offers "$@")
  grep -qxF -- "$offer" <<<"$all" || fail "$offer is not offered after: $*"
}

for name in run check params brain compare report export info bench selftest sweep trial sensitivity calibrate validate; do
  expect_offer "$name" ""
done
[[ $(offers ru) == run ]] || fail "ru is not only run"
expect_offer --threads run --thr
expect_offer --nifti export --
expect_offer graft.cells= run config.toml --set graft.
expect_offer tissue.debris_half= check --set tissue.d
expect_offer drug.tacrolimus.stop_d= run "$2/configs/phantom_small.toml" --set drug.
[[ $(offers run config.toml --set drug.) == "" ]] || fail "keys of drugs are offered without their names"
expect_offer json run config.toml --progress j
cd "$2"
expect_offer configs/phantom_small.toml run configs/phantom

# Every long option of every sub-command.
for name in run check params brain compare report export info bench selftest sweep trial sensitivity calibrate validate; do
  while read -r option; do
    expect_offer "$option" "$name" --
  done < <("$neurograft" "$name" -h | grep -oE '^  [^ ]*--[a-z-]+' | grep -oE -- '--[a-z-]+')
done
