#!/usr/bin/env bash
# Studies as a user runs them: sweeps that are killed, sharded and partly fail; branches; a trial, a
# screening and a calibration; with the tables that come out of them.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
neurograft=$1
configs=$2
python=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'kill %% 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

echo "-- a sweep, killed twice on the way"
cat >sweep.toml <<TOML
base = "$configs/phantom_small.toml"
set = ["simulation.duration_d=12.0", "output.snapshots_d=[]", "insult.sensitising.start_d=1.0",
       "drug.tacrolimus.stop_d=11.0"]
replicates = 2
seed = 7
collect = ["donor_alive", "donor_alive@3", "pbvc"]
[[axis]]
key = "graft.cells"
values = [1e4, 2e4, 3e4]
TOML
"$neurograft" sweep sweep.toml -o whole --dry-run | tee plan.txt
expect_text "6 runs at 3 points" plan.txt
[[ ! -e whole ]] || fail "a dry run wrote something"

expect_code 0 "$neurograft" sweep sweep.toml -o whole
h5_files() { find "$1" -name run.h5 2>/dev/null | wc -l; }
kill_midway() {  # signal, folder, results files that it must have added, command...
  local signal=$1 folder=$2 files=$(($3 + $(h5_files "$2"))) code=0
  shift 3
  "$@" >/dev/null 2>&1 &
  for ((n = 0; n < 600; n++)); do
    [[ $(h5_files "$folder") -lt $files ]] || break
    sleep 0.05
  done
  kill "-$signal" $!
  wait $! 2>/dev/null || code=$?
  if [[ $signal == TERM && $code -ne 75 ]]; then fail "exit $code after SIGTERM: $*"; fi
}
kill_midway KILL killed 1 "$neurograft" sweep sweep.toml -o killed
while "$neurograft" sweep status killed | grep -q '^running *[1-9]'; do sleep 0.1; done
kill_midway TERM killed 1 "$neurograft" sweep sweep.toml -o killed
"$neurograft" sweep status killed | grep -q '^done  *6' && fail "nothing was left to do after kills"
declare -A before
for file in killed/runs/*/run.h5; do
  if "$neurograft" info "$file" | grep -q "complete *yes"; then before[$file]=$(stat -c %y "$file"); fi
done
expect_code 0 "$neurograft" sweep sweep.toml -o killed
for file in "${!before[@]}"; do
  [[ ${before[$file]} == $(stat -c %y "$file") ]] || fail "$file was done twice"
done
[[ ${#before[@]} -gt 0 ]] || fail "no run was done before the kills"
for table in runs.csv series.csv points.csv comparisons.csv study.h5; do
  cmp "whole/$table" "killed/$table" || fail "$table differs after kills"
done

echo "-- two shards at once"
"$neurograft" sweep sweep.toml -o shards --shard 0/2 >/dev/null 2>&1 &
expect_code 0 "$neurograft" sweep sweep.toml -o shards --shard 1/2
wait $! || fail "shard 0"
"$neurograft" sweep collect shards >/dev/null
cmp whole/runs.csv shards/runs.csv
cmp whole/series.csv shards/series.csv
"$neurograft" sweep status shards >status.txt
expect_text "done             6" status.txt
"$python" - <<'PYTHON'
import h5py, numpy, xarray
for engine in ("h5netcdf", "netcdf4"):
    runs = xarray.open_dataset("whole/study.h5", group="runs", engine=engine)
    series = xarray.open_dataset("whole/study.h5", group="series", engine=engine)
    assert runs.sizes["run"] == 6 and series.donor_alive.dims == ("run", "time")
    last = series.donor_alive.isel(time=-1).values
    assert (runs.donor_alive.values == last).all() and (last > 0).all()
    first = runs["graft.cells"].values
    assert list(first) == [1e4, 1e4, 2e4, 2e4, 3e4, 3e4]
key = str(runs.run.values[3])
one = h5py.File(f"whole/runs/{key}/run.h5")
tags = {name: value if isinstance(value, str) else value.decode()
        for name, value in one["provenance"].attrs.items() if name.startswith("tag_")}
assert tags == {"tag_study_point": "1", "tag_study_replicate": "1", "tag_study_run": key}, tags
assert one["series/donor_alive"][-1] == last[3]
assert one["provenance"].attrs["seed"] == runs.seed.values[3]
PYTHON

echo "-- a table of points, with columns that are carried along"
printf 'trial,graft.cells,host.response_gain\n17,1e4,1.0\n18,15000,2.5\n' >design.csv
cat >table.toml <<TOML
base = "$configs/phantom_small.toml"
set = ["simulation.duration_d=6.0", "output.snapshots_d=[]", "insult.sensitising.start_d=1.0",
       "drug.tacrolimus.stop_d=5.0"]
collect = ["donor_injected"]
[design]
csv = "design.csv"
TOML
expect_code 0 "$neurograft" sweep table.toml -o table
expect_text ",18,15000,2.5,20000" table/runs.csv

echo "-- a run that fails, is recorded and tried again"
cat >failing.toml <<TOML
base = "$configs/phantom_small.toml"
set = ["simulation.duration_d=4.0", "output.snapshots_d=[]", "insult.sensitising.start_d=1.0",
       "drug.tacrolimus.stop_d=3.0"]
collect = ["donor_alive"]
[[axis]]
key = "graft.cells"
values = [1e4, 4e9]
TOML
expect_code 1 "$neurograft" sweep failing.toml -o failing
expect_text "failed" err.txt
"$neurograft" sweep status failing >status.txt
expect_text "GB of memory" status.txt
[[ $(wc -l <failing/runs.csv) -eq 2 ]] || fail "the table does not have the run that is done"
expect_code 1 "$neurograft" sweep failing.toml -o failing
expect_code 1 "$neurograft" sweep retry failing
expect_code 2 "$neurograft" sweep retry whole/runs

echo "-- branches"
patient=("$configs/phantom_small.toml" --set output.snapshots_d=[])
expect_code 0 "$neurograft" run "${patient[@]}" -o parent.h5 --until 10 --progress none
expect_code 0 "$neurograft" run "${patient[@]}" -o branch.h5 --from parent.h5.ckpt \
  --set drug.tacrolimus.stop_d=12 --threads 1 --progress none
expect_code 0 "$neurograft" run "${patient[@]}" -o straight.h5 --set drug.tacrolimus.stop_d=12 \
  --progress none
expect_code 0 "$neurograft" run "${patient[@]}" -o on.h5 --progress none
expect_code 0 "$neurograft" run "${patient[@]}" -o parent.h5 --resume --progress none
expect_code 0 "$neurograft" compare parent.h5 on.h5
"$python" - <<'PYTHON'
import h5py, numpy
branch, straight, on = (h5py.File(name) for name in ("branch.h5", "straight.h5", "on.h5"))
days = straight["series/time"][:]
later = days >= 10
assert (branch["series/time"][:] == days[later]).all()
for name, dataset in straight["series"].items():
    if dataset.shape and dataset.shape[0] == len(days) and name != "time":
        a, b = branch["series/" + name][...], dataset[...][later]
        assert numpy.array_equal(a, b, equal_nan=True), name
assert not numpy.array_equal(branch["series/t_cells"][:], on["series/t_cells"][:][later])
provenance = branch["provenance"].attrs
assert provenance["parent_day"] == 10 and len(provenance["parent_sha256"]) == 64
changes = [text.decode() for text in branch["provenance/parent_changes"][:]]
assert changes == ["drug.tacrolimus.stop_d: 20.0 -> 12.0"], changes
PYTHON
expect_code 0 "$neurograft" run "${patient[@]}" -o parent.h5 --until 10 --progress none
for change in drug.tacrolimus.stop_d=8 brain.resolution_mm=5 lesions.volume_ml=3 graft.cells=100 \
  host.age_y=30 csf_trophic.enabled=false; do
  expect_code 2 "$neurograft" run "${patient[@]}" -o refused.h5 --from parent.h5.ckpt --set "$change"
  expect_text "${change%%.*}" err.txt
  [[ ! -e refused.h5 ]] || fail "a refused branch wrote a file"
done
cat >branches.toml <<TOML
base = "$configs/phantom_small.toml"
set = ["output.snapshots_d=[]"]
collect = ["donor_alive", "t_cells"]
[branch]
day = 10.0
[[axis]]
key = "drug.tacrolimus.stop_d"
values = [12.0, 20.0]
after_branch = true
TOML
expect_code 0 "$neurograft" sweep branches.toml -o branches
[[ $(ls branches/runs | wc -l) -eq 3 ]] || fail "not one parent and two branches"
expect_text "true,1" branches/comparisons.csv

echo "-- a trial, a screening and a calibration"
for study in trial screening calibration; do
  sed "s|CONFIGS|$configs|" "$here/study_$study.toml" >"$study.toml"
done
cp "$configs/studies/survival_targets.toml" .
expect_code 0 "$neurograft" trial trial.toml -o trial
expect_code 0 "$neurograft" sensitivity screening.toml -o screening
kill_midway TERM calibration 5 "$neurograft" calibrate calibration.toml -o calibration
expect_code 0 "$neurograft" calibrate calibration.toml -o calibration
expect_code 0 "$neurograft" calibrate calibration.toml -o unbroken
cmp calibration/posterior.csv unbroken/posterior.csv || fail "the posterior depends on a stop"
"$python" "$here/check_studies.py"
expect_code 0 "$neurograft" run "$configs/studies/survival_without_immunity.toml" -o fitted.h5 \
  --set @calibration/posterior.csv:0 --progress none
"$neurograft" info fitted.h5 >/dev/null
expect_code 2 "$neurograft" run "$configs/studies/survival_without_immunity.toml" -o no.h5 \
  --set @calibration/posterior.csv:100000
expect_text "no such row" err.txt
echo "all well"
