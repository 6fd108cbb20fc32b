#!/usr/bin/env bash
# The model held against experiments, as a user does it: verdicts and exit codes, a quick look, a
# page, faults that are told before the first run, and a stop on the way.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
neurograft=$1
python=$2
work=$(mktemp -d)
trap 'kill %% 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

runs_in() {
  find "$1" -name run.h5 | wc -l
}

mkdir experiments
cat >experiments/patch.toml <<TOML
# A few donor cells in a few voxels.
[simulation]
start_d = 0.0
duration_d = 4.0
[brain]
source = "patch"
patch_size_mm = [0.3, 0.3, 0.3]
patch_voxel_um = 100.0
[graft]
cells = 40
route = "parenchymal"
radius_mm = 0.1
viability = 1.0
[lifecycle]
early_death_per_d = 0.0
[periphery]
enabled = false
[infiltration]
enabled = false
[cytotoxicity]
enabled = false
[output]
every_d = 1.0
TOML
target() {  # readout, value, what it is read off, further lines
  printf '[[target]]\nreadout = "%s"\nvalue = %s\nerror = 1.0\nsource = "Made up"\n%s\n' "$@"
}
target donor_injected 40 'at_d = 4.0' >experiments/injected.toml
target donor_injected 50 'at_d = 4.0' >experiments/wrong.toml
cat >experiments/relative.toml <<TOML
[[target]]
name = "more than the control"
kind = "binomial"
readout = "donor_injected"
per_experiment = "control"
above = 1.5
at_d = 2.0
successes = 5
n = 5
source = "Made up"
TOML
cat >experiments/one.toml <<TOML
id = "T1"
title = "Cells that were injected"
[[experiment]]
name = "control"
base = "patch.toml"
replicates = 2
targets = "injected.toml"
[[experiment]]
name = "twice"
base = "patch.toml"
set = ["graft.cells=80"]
replicates = 6
targets = "relative.toml"
TOML
cat >experiments/two.toml <<TOML
id = "T2"
title = "A number that the model has not"
[[experiment]]
name = "cells"
base = "patch.toml"
targets = "wrong.toml"
TOML
validate() {
  "$neurograft" validate --experiments experiments --progress none "$@"
}

echo "-- what is there to do, and a fault in the last config before the first run"
expect_code 0 validate -o results --dry-run
expect_text "T1 control" out.txt
expect_text "T1 twice" out.txt
expect_text "T2 cells" out.txt
[[ ! -e results ]] || fail "a dry run wrote something"
cp experiments/two.toml two.toml
echo 'set = ["graft.viability=2"]' >>experiments/two.toml
expect_code 2 validate -o results
expect_text "T2 cells: " err.txt
expect_text "graft.viability" err.txt
[[ ! -e results ]] || fail "runs were begun with a fault in the last config"
cp two.toml experiments/two.toml
sed -i 's/donor_injected/donor_injectd/' experiments/wrong.toml
expect_code 2 validate -o results
expect_text 'T2 cells: ' err.txt
expect_text 'did you mean "donor_injected"?' err.txt
[[ ! -e results ]] || fail "runs were begun with a fault in the last targets"
sed -i 's/donor_injectd/donor_injected/' experiments/wrong.toml
expect_code 2 validate T1 T3 -o results
expect_text "no validation T3 (there are T1, T2)" err.txt
[[ ! -e results ]] || fail "an unknown id was told too late"

echo "-- a pass"
expect_code 0 validate T1 -o results
expect_text "2 pass, 0 miss, 0 open" out.txt
[[ $(runs_in results) -eq 8 ]] || fail "not 8 runs"
[[ ! -e results/T2 ]] || fail "T2 was not asked for"
"$python" - <<'PYTHON'
import csv
import xml.etree.ElementTree as xml

rows = list(csv.DictReader(open("results/validation.csv")))
assert [row["verdict"] for row in rows] == ["pass", "pass"], rows
assert rows[0]["experiment"] == "control" and float(rows[0]["model"]) == 40.0, rows[0]
assert rows[1]["runs"] == "6" and rows[1]["failed"] == "0", rows[1]
assert float(rows[1]["model"]) == 1.0 and 0.5 < float(rows[1]["model_low"]) < 0.7, rows[1]
xml.parse("results/T1.svg")
PYTHON

echo "-- the same again does nothing anew"
declare -A before
for file in results/T1/*/runs/*/run.h5; do before[$file]=$(stat -c %y "$file"); done
cp results/validation.csv first.csv
cp results/T1.svg first.svg
expect_code 0 validate T1 -o results
for file in "${!before[@]}"; do
  [[ ${before[$file]} == $(stat -c %y "$file") ]] || fail "$file was done twice"
done
cmp first.csv results/validation.csv
cmp first.svg results/T1.svg

echo "-- a miss, and a page"
cat >page.md <<MD
# What the model gives
<!-- begin T1 -->
old
<!-- end T1 -->
between
<!-- begin T2 -->
<!-- end T2 -->
MD
expect_code 1 validate -o results --page page.md
expect_text "miss  cells" out.txt
expect_text "2 pass, 1 miss, 0 open" out.txt
expect_text "between" page.md
expect_text "| twice | more than the control |" page.md
expect_text "**miss** |" page.md
expect_text "![Cells that were injected](images/page/T1.svg)" page.md
[[ $(grep -c old page.md) -eq 0 ]] || fail "what stood on the page is still there"
cmp images/page/T1.svg results/T1.svg
cp page.md first.md
expect_code 1 validate -o results --page page.md
cmp first.md page.md
sed -i '/end T2/d' page.md
expect_code 2 validate -o elsewhere --page page.md
expect_text "has no place for the results of T2" err.txt
[[ ! -e elsewhere ]] || fail "a page without a place was told too late"

echo "-- a quick look"
expect_code 0 validate T1 -o quick --quick
[[ $(runs_in quick) -eq 6 ]] || fail "not 2 and 4 runs"

echo "-- a value set in every run is the last word"
expect_code 1 validate T1 -o all_set --set graft.cells=40
expect_text "1 pass, 1 miss" out.txt

echo "-- stopped on the way, and gone on"
cat >experiments/long.toml <<TOML
id = "T3"
title = "A run that takes its time"
[[experiment]]
name = "cells"
base = "patch.toml"
set = ["simulation.duration_d=400.0"]
replicates = 6
targets = "injected.toml"
TOML
"$neurograft" validate T3 --experiments experiments -o stopped --jobs 1 --threads 1 \
  --progress none >/dev/null 2>stop.txt &
for ((n = 0; n < 400; n++)); do
  [[ $(find stopped -name run.h5 2>/dev/null | wc -l) -lt 2 ]] || break
  sleep 0.02
done
kill -INT $!
code=0
wait $! || code=$?
[[ $code -eq 75 ]] || { cat stop.txt >&2; fail "exit $code after SIGINT"; }
expect_text "the same command goes on" stop.txt
[[ ! -e stopped/validation.csv ]] || fail "a table of half the runs"
[[ $(runs_in stopped) -lt 6 ]] || fail "nothing was left to do after the stop"
expect_code 0 validate T3 -o stopped
expect_code 0 validate T3 -o unbroken
cmp stopped/validation.csv unbroken/validation.csv
cmp stopped/T3.svg unbroken/T3.svg
echo "all well"
