#!/usr/bin/env bash
# A study by Slurm on this machine: tasks are killed and queued again on the way, and the tables are those
# of the local run, byte for byte. Exit code 77: Slurm is not installed.
set -euo pipefail
neurograft=$1
configs=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
chmod 755 "$work"  # munge wants its socket in reach of all
finish() {
  "$here/local_slurm.sh" stop "$work/slurm" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
cd "$work"

fail() {
  echo "FAILED: $*" >&2
  cat study/slurm/task_*.txt >&2 || true
  exit 1
}

code=0
setting=$("$here/local_slurm.sh" start "$work/slurm") || code=$?
[[ $code -eq 0 ]] || exit "$code"
eval "$setting"

cat >study.toml <<TOML
base = "$configs/phantom_small.toml"
set = ["output.snapshots_d=[]", "simulation.duration_d=60.0"]
replicates = 2
seed = 7
collect = ["donor_alive", "pbvc"]
[[axis]]
key = "graft.cells"
values = [1e4, 2e4, 3e4]
TOML
"$neurograft" sweep study.toml -o local >/dev/null 2>&1

"$neurograft" sweep study.toml -o study --slurm | tee submitted.txt
job=$(sed -n 's/^Submitted batch job //p' submitted.txt)
[[ -n $job ]] || fail "no job number"
grep -q -- '--array=0-' study/slurm/job.sh || fail "no array job"

# Twice a task is told to stop as by its walltime, and queues itself again.
restarts=0
for ((n = 0; n < 200 && restarts < 2; n++)); do
  sleep 1
  state=$(squeue --noheader --jobs="${job}_0" --format=%T || true)
  [[ -n $state ]] || break
  if [[ $state == RUNNING && -n $(find study/runs -name 'run.h5.part' 2>/dev/null) ]]; then
    sleep 1
    timeout 2 scancel --batch --signal=USR1 "${job}_0" || true
    restarts=$((restarts + 1))
    for ((m = 0; m < 60; m++)); do
      [[ $(squeue --noheader --jobs="${job}_0" --format=%T || true) != RUNNING ]] && break
      sleep 0.5
    done
  fi
done
[[ $restarts -eq 2 ]] || fail "the task was stopped $restarts times"
for ((n = 0; n < 300; n++)); do
  [[ -n $(squeue --noheader --jobs="$job" 2>/dev/null) ]] || break
  sleep 1
done
"$neurograft" sweep status study | tee status.txt
grep -q 'done  *6' status.txt || fail "not all runs are done"
for table in runs.csv series.csv points.csv comparisons.csv study.h5; do
  cmp "local/$table" "study/$table" || fail "$table differs"
done

# What is killed for good is missing, and the same command does it.
rm -rf study/runs/"$(sed -n 2p local/runs.csv | cut -d, -f1)"
"$neurograft" sweep study.toml -o study --slurm >submitted.txt
job=$(sed -n 's/^Submitted batch job //p' submitted.txt)
sleep 2
scancel "$job"
for ((n = 0; n < 60; n++)); do
  [[ -n $(squeue --noheader --jobs="$job" 2>/dev/null) ]] || break
  sleep 1
done
"$neurograft" sweep study.toml -o study >/dev/null
cmp local/runs.csv study/runs.csv || fail "runs.csv differs after a cancelled job"
echo "all well"
