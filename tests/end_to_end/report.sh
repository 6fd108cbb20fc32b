#!/usr/bin/env bash
# usage: report.sh NEUROGRAFT CONFIG PYTHON
#
# What a report page carries, held against the results file without a browser. Exit code 77: a build
# without the page.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

neurograft=$(readlink -f "$1")
config=$(readlink -f "$2")
python=$3
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$neurograft" run "$config" -o run.h5 --progress none --set "simulation.title=</script><b>&" >/dev/null
code=0
"$neurograft" report run.h5 -o page.html >out.txt 2>err.txt || code=$?
if [[ $code -ne 0 ]]; then
  expect_text "nodejs" err.txt
  exit 77
fi
"$python" "$here/check_report.py" run.h5 page.html

expect_code 4 "$neurograft" report "$work" -o page.html
expect_code 4 "$neurograft" report "$config" -o page.html
expect_code 2 "$neurograft" report run.h5 -o "$work"
