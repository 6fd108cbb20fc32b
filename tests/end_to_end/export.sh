#!/usr/bin/env bash
# usage: export.sh NEUROGRAFT CONFIG PYTHON
#
# What `export` writes, read back with other tools and held against the results file.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

neurograft=$(readlink -f "$1")
config=$(readlink -f "$2")
python=$3
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$neurograft" brain phantom -o brain.nii.gz --resolution-mm 4 >/dev/null
"$neurograft" run "$config" -o run.h5 --progress none --set brain.source="$work/brain.nii.gz" >/dev/null
"$neurograft" export run.h5 --csv tables --nifti images --vtk vtk >written
while read -r path; do [[ -s $path ]] || fail "$path is empty"; done <written
"$neurograft" export run.h5 --csv >series.csv
cmp series.csv tables/series.csv
"$python" "$here/check_exports.py" run.h5 brain.nii.gz tables images vtk

expect_code 2 "$neurograft" export run.h5
expect_text "--nifti" err.txt
expect_code 4 "$neurograft" export brain.nii.gz --csv tables
"$neurograft" run "$config" -o bare.h5 --progress none --set output.snapshots_d=[] \
  --set output.agents_d=[] >/dev/null
expect_code 4 "$neurograft" export bare.h5 --vtk none
expect_text "output.snapshots_d" err.txt
"$neurograft" export bare.h5 --nifti labels >/dev/null
[[ -s labels/label.nii.gz ]] || fail "no labels"
