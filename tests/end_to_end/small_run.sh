#!/usr/bin/env bash
# usage: small_run.sh NEUROGRAFT CONFIG PYTHON
#
# One small run from start to end: what goes to stdout, what is left on disk, and that stock tools
# read it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

neurograft=$(readlink -f "$1")
config=$(readlink -f "$2")
python=$3
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$neurograft" check "$config" >/dev/null
"$neurograft" run "$config" -o run.h5 --progress json --summary json >summary 2>progress

[[ $(wc -l <summary) -eq 1 ]] || fail "the summary is not one line"
"$python" - summary progress <<'PYTHON'
import json, sys
summary = json.load(open(sys.argv[1]))
assert summary["donor_alive"] > 0, summary
lines = [json.loads(line) for line in open(sys.argv[2])]
assert lines, "no progress"
PYTHON

# What `check` prints is a config of its own, for the same run.
"$neurograft" check "$config" >complete.toml
"$neurograft" run complete.toml -o complete.h5 --progress none
"$neurograft" compare run.h5 complete.h5 || fail "the complete config is not the same run"
rm complete.h5

[[ $(echo run.h5*) == run.h5 ]] || fail "left more than the results: $(echo run.h5*)"
"$neurograft" info run.h5 | grep -q donor_alive || fail "info does not list donor_alive"
"$neurograft" compare run.h5 run.h5 || fail "a file differs from itself"

before=$(cksum run.h5)
"$neurograft" run "$config" -o run.h5 --resume --progress none
[[ $(cksum run.h5) == "$before" ]] || fail "resuming a complete run changed it"

h5dump -H run.h5 >/dev/null
ncdump -h run.h5 >/dev/null
"$python" "$here/read_with_stock_tools.py" run.h5
