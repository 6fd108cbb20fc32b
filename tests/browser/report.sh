#!/usr/bin/env bash
# usage: report.sh NEUROGRAFT CONFIGS [LARGE.h5]
#
# Report pages in headless Chromium. Exit code 77: no browser, no Node.js, or a build without the page.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../end_to_end/expect.sh"

neurograft=$(readlink -f "$1")
configs=$(readlink -f "$2")
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || exit 77
command -v npm >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

mkdir modules
cp "$here"/package.json "$here"/package-lock.json "$here"/.npmrc modules/
(cd modules && npm ci --ignore-scripts >npm.log 2>&1) || { cat modules/npm.log >&2; exit 77; }

"$neurograft" run "$configs/phantom_small.toml" -o run.h5 --progress none >/dev/null
"$neurograft" run "$configs/phantom_small.toml" -o other.h5 --progress none --set graft.cells=10000 \
  --set drug.tacrolimus.stop_d=10 >/dev/null
cat >study.toml <<TOML
base = "$configs/phantom_small.toml"
replicates = 2
collect = ["donor_alive", "pbvc"]
[[axis]]
key = "graft.cells"
values = [5000, 10000, 20000]
TOML
"$neurograft" sweep study.toml -o study --progress none >/dev/null
cat >screening.toml <<TOML
base = "$configs/phantom_small.toml"
set = ["simulation.duration_d=6", "output.snapshots_d=[]"]
seed = 1
collect = ["donor_alive"]
[sensitivity]
method = "morris"
trajectories = 2
[[axis]]
key = "graft.viability"
random = { kind = "uniform", lowest = 0.5, highest = 1.0 }
[[axis]]
key = "lifecycle.early_death_per_d"
random = { kind = "log_uniform", lowest = 0.1, highest = 1.0 }
TOML
"$neurograft" sensitivity screening.toml -o sensitivity --progress none >/dev/null
code=0
"$neurograft" report run.h5 -o run.html >/dev/null 2>problem || code=$?
if [[ $code -ne 0 ]]; then
  cat problem >&2
  grep -q 'no report page' problem && exit 77
  exit "$code"
fi
"$neurograft" report run.h5 other.h5 -o two.html >/dev/null
"$neurograft" report study -o study.html >/dev/null
"$neurograft" report sensitivity -o sensitivity.html >/dev/null
"$neurograft" export run.h5 --csv >series.csv
[[ $# -lt 3 ]] || "$neurograft" report "$3" -o large.html

node "$here/report.mjs" "$work/modules" "$chromium" "$work"
