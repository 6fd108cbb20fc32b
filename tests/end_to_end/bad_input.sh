#!/usr/bin/env bash
# usage: bad_input.sh NEUROGRAFT
#
# Bad input ends with exit code 2 (4 for a file that cannot be read), one line per error that says
# where and why, and no output file.
set -euo pipefail

neurograft=$(readlink -f "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0

complain() {
  printf 'FAILED: %s\n' "$*"
  failures=$((failures + 1))
}

# A good config, line by line, so that each case can change or add lines.
good=(
  '# a small run'                # 1
  '[simulation]'                 # 2
  'start_d = -1'                 # 3
  'duration_d = 1'               # 4
  'seed = 7'                     # 5
  '[brain]'                      # 6
  'source = "phantom"'           # 7
  'resolution_mm = 4'            # 8
  '[graft]'                      # 9
  'cells = 1000'                 # 10
)

# Checks what is in `stderr`: a line for each expected fragment, and no others.
check_messages() {  # case, fragments
  local name=$1 lines fragment
  shift
  lines=$(grep -c . stderr || true)
  [[ $lines -eq $# ]] || complain "$name: $lines lines for $# errors"
  for fragment in "$@"; do
    grep -qF -- "$fragment" stderr || complain "$name: nothing says '$fragment'"
  done
  [[ ! -s stdout ]] || complain "$name: something on stdout"
  compgen -G 'out.h5*' >/dev/null && complain "$name: left a file"
  [[ $failures -eq $before ]] || sed "s/^/    /" stderr
}

# Runs the good config with lines replaced ("5 seed = 8") or added ("+ text").
bad() {  # case, edits separated by newlines, fragments of messages
  local name=$1 edit code=0 before=$failures
  local -a lines=("${good[@]}")
  while IFS= read -r edit; do
    if [[ $edit == '+ '* ]]; then
      lines+=("${edit#+ }")
    else
      lines[${edit%% *} - 1]=${edit#* }
    fi
  done <<<"$2"
  shift 2
  printf '%s\n' "${lines[@]}" >trial.toml
  "$neurograft" run trial.toml -o out.h5 --progress none >stdout 2>stderr || code=$?
  [[ $code -eq 2 ]] || complain "$name: exit code $code"
  check_messages "$name" "$@"
}

# Runs with arguments that are wrong.
bad_arguments() {  # exit code, case, fragment of the message, arguments
  local expected=$1 name=$2 fragment=$3 code=0 before=$failures
  shift 3
  printf '%s\n' "${good[@]}" >trial.toml
  "$neurograft" "$@" >stdout 2>stderr || code=$?
  [[ $code -eq $expected ]] || complain "$name: exit code $code"
  grep -qF -- "$fragment" stderr || complain "$name: nothing says '$fragment'"
  compgen -G 'out.h5*' >/dev/null && complain "$name: left a file"
  [[ $failures -eq $before ]] || sed "s/^/    /" stderr
}

# The good one is good, or the cases below would prove nothing.
printf '%s\n' "${good[@]}" >trial.toml
"$neurograft" run trial.toml -o out.h5 --progress none >stdout 2>stderr ||
  { complain "the good config"; cat stderr; }
rm -f out.h5*

bad "syntax" '5 seed = = 7' 'trial.toml:5:'
bad "unknown key" '8 resolution = 4' \
  'trial.toml:8: unknown key "resolution" in [brain]; did you mean "resolution_mm"?'
bad "unknown section" '9 [grafts]' 'trial.toml:9:'
bad "wrong type" '5 seed = "seven"' 'trial.toml:5: simulation.seed = "seven"'
bad "not whole" '5 seed = 7.5' 'trial.toml:5: simulation.seed = 7.5'
bad "out of range" '10 cells = -3' 'trial.toml:10: graft.cells = -3'
bad "not a number" '10 cells = nan' 'trial.toml:10: graft.cells'
bad "unknown choice" $'+ route = "intranasal"' 'trial.toml:11: graft.route = "intranasal"'
bad "missing image" '7 source = "nowhere.nii.gz"' 'nowhere.nii.gz'
bad "not whole ticks" '4 duration_d = 1.01' 'duration_d'
bad "zero step" $'3 start_d = -1\n+ [csf_transport]\n+ every_h = 0' 'trial.toml:12: csf_transport.every_h = 0'
bad "unknown drug" $'+ [[drug]]\n+ name = "aspirin"' 'aspirin'
bad "negative dose" $'+ [[drug]]\n+ name = "tacrolimus"\n+ dose_mg = -3' 'dose_mg = -3'
bad "all at once" $'5 seed = "seven"\n8 resolution = 4\n10 cells = -3' \
  'trial.toml:5:' 'trial.toml:8:' 'trial.toml:10:'

bad_arguments 2 "no such config" nowhere.toml run nowhere.toml -o out.h5
bad_arguments 2 "a folder as config" . run . -o out.h5
bad_arguments 2 "unknown key set" graft.cels run trial.toml -o out.h5 --set graft.cels=5
bad_arguments 2 "bad value set" '--set graft.cells=-3' run trial.toml -o out.h5 --set graft.cells=-3
bad_arguments 2 "no value set" graft.cells run trial.toml -o out.h5 --set graft.cells
bad_arguments 2 "no threads" threads run trial.toml -o out.h5 --threads 0
bad_arguments 2 "unknown option" frobnicate run trial.toml -o out.h5 --frobnicate
bad_arguments 2 "unknown command" frobnicate frobnicate trial.toml
bad_arguments 2 "no command" ""
bad_arguments 4 "not a results file" trial.toml info trial.toml

printf '%d failures\n' "$failures"
[[ $failures -eq 0 ]]
