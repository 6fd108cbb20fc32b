#!/usr/bin/env bash
# usage: recipes.sh NEUROGRAFT SOURCE_TREE
#
# The recipes of docs/recipes, and the lines for array jobs in docs/recipes.md, do what they say.
# Parts whose tool is missing say so and are passed over: GNU parallel, Snakemake.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

neurograft=$(readlink -f "$1")
root=$(readlink -f "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
recipes=docs/recipes
study=$recipes/study.toml
python=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1

quietly() {  # command; its output is shown if it fails
  "$@" >"$work/log" 2>&1 || {
    local code=$?
    cat "$work/log"
    fail "exit code $code: $*"
  }
}

expect_reference() {  # folder, what is said of it
  local table
  for table in runs series points comparisons; do
    cmp "$work/reference/$table.csv" "$1/$table.csv" || fail "$2: another $table.csv"
  done
  printf 'same: %s\n' "$2"
}

runs_done() {  # folder; how many runs are done
  "$neurograft" sweep status "$1" 2>/dev/null |
    awk '$1 == "done" {n = $2} END {print n + 0}'
}

# Ends a recipe and all that it started, by SIGKILL, when some runs are done and some are not.
kill_midway() {  # folder of the study, command
  local folder=$1 pid tries
  local -a members
  shift
  setsid "$@" >"$work/log" 2>&1 &
  pid=$!
  for ((tries = 0; tries < 600; ++tries)); do
    [[ $(runs_done "$folder") -lt 2 ]] || break
    sleep 0.1
  done
  # Of /proc/PID/stat: number, (name), state, parent, group, session.
  mapfile -t members < <(
    sed -n "s/^\([0-9]*\) (.*) [A-Z] [0-9]* [0-9]* $pid .*/\1/p" /proc/[0-9]*/stat 2>/dev/null)
  kill -KILL "${members[@]}" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  [[ $(runs_done "$folder") -ge 2 ]] || fail "nothing was done before the kill: $*"
  [[ $(runs_done "$folder") -lt 12 ]] || fail "all was done before the kill: $*"
}

quietly "$neurograft" sweep "$study" -o "$work/reference" --progress none
quietly "$neurograft" sweep "$study" -o "$work/other" --progress none --shard 1/3
[[ $(runs_done "$work/other") -eq 4 ]] || fail "a third of 12 runs is not 4"
[[ ! -e $work/other/runs.csv ]] || fail "tables of a third of the runs"

# moreutils has a `parallel` too.
if parallel --version 2>&1 | grep -q '^GNU parallel'; then
  folder="$work/gnu parallel"
  quietly "$recipes/gnu_parallel.sh" "$neurograft" "$study" "$folder" 3
  expect_reference "$folder" "three shards through GNU parallel"
  kill_midway "$work/killed" "$recipes/gnu_parallel.sh" "$neurograft" "$study" "$work/killed" 3
  quietly "$recipes/gnu_parallel.sh" "$neurograft" "$study" "$work/killed" 3
  expect_reference "$work/killed" "GNU parallel, killed and called again"
  code=0
  "$recipes/gnu_parallel.sh" "$neurograft" no.toml "$work/none" 3 >"$work/log" 2>&1 || code=$?
  [[ $code -eq 2 ]] || fail "gnu_parallel.sh without a study: exit code $code"
else
  echo "skipped: GNU parallel is not installed"
fi

if command -v snakemake >/dev/null; then
  make=(snakemake -s "$root/$recipes/Snakefile" -d "$work/snakemake" -j 2 --config
    "neurograft=$neurograft" shards=3)
  cd "$work"  # Snakemake leaves traces where it is called
  kill_midway "$work/snakemake/study" "${make[@]}"
  quietly snakemake -s "$root/$recipes/Snakefile" -d "$work/snakemake" --unlock
  quietly "${make[@]}" --rerun-incomplete
  cd "$root"
  expect_reference "$work/snakemake/study" "Snakemake, killed and called again"
  [[ $(echo "$work"/snakemake/shards/*) == *0_of_3*1_of_3*2_of_3 ]] || fail "shards of Snakemake"
else
  echo "skipped: Snakemake is not installed"
fi

# The lines for array jobs, each for 3 jobs, with the numbers that the scheduler gives them.
array() {  # scheduler, what its line holds, variable, number of the first job
  local name=$1 line number
  line=$(grep -F -- "$2" docs/recipes.md | grep -F -- --shard | sed -e 's/^exec //' \
    -e 's/^arguments = /neurograft /' -e 's/\$(Process)/$Process/' -e 's|/100$|/3|')
  [[ $(wc -l <<<"$line") -eq 1 && $line == "neurograft sweep "*/3 ]] || fail "$name: $line"
  mkdir "$work/$name" "$work/$name/bin"
  ln -s "$neurograft" "$work/$name/bin/neurograft"
  sed "s|^base = .*|base = \"$root/configs/phantom_small.toml\"|" "$study" >"$work/$name/study.toml"
  for number in 0 1 2; do
    quietly env -C "$work/$name" PATH="$work/$name/bin:$PATH" NSLOTS=2 \
      "$3=$(($4 + number))" bash -euc "$line"
  done
  expect_reference "$work/$name/results/my" "an array job of $name"
}

array SGE SGE_TASK_ID SGE_TASK_ID 1
array PBS PBS_ARRAY_INDEX PBS_ARRAY_INDEX 0
array HTCondor '$(Process)' Process 0

quietly "$python" "$recipes/optuna_like.py" --neurograft "$neurograft" -o "$work/optuna" --trials 12
quietly "$python" "$recipes/pyabc_like.py" --neurograft "$neurograft" -o "$work/pyabc" \
  --particles 16 --keep 3
quietly "$python" "$recipes/salib_like.py" --neurograft "$neurograft" -o "$work/salib" --samples 4
again() {  # table, output; a run with the values of the table's first row
  "$neurograft" run configs/phantom_small.toml --set simulation.duration_d=5 \
    --set 'output.snapshots_d=[0]' --set output.agents=false --set "@$1:0" -o "$work/again.h5" \
    --progress none --summary json 2>"$work/log"
}
again "$work/optuna/best.csv" >"$work/best.json" || fail "$(cat "$work/log")"

"$python" - "$work" <<'PYTHON'
import csv, json, math, pathlib, sys

work = pathlib.Path(sys.argv[1])


def table(name):
    with open(work / name, newline="") as file:
        return list(csv.DictReader(file))


def near(a, b):
    return math.isclose(float(a), float(b), rel_tol=1e-9)


# The optimiser: the best is the smallest of all, better than the first and than all random draws,
# and a run with its values gives the same loss.
trials = table("optuna/trials.csv")
losses = [float(row["loss"]) for row in trials]
assert len(losses) == 12 and [int(row["trial"]) for row in trials] == list(range(12)), trials
assert min(losses) < 0.5 * losses[0], losses
best = table("optuna/best.csv")
assert len(best) == 1, best
row = trials[losses.index(min(losses))]
assert all(row[key] == value for key, value in best[0].items()) and len(best[0]) == 2, (row, best)
summary = json.loads((work / "best.json").read_text())
wanted = {"donor_alive": 7000, "donor_attached_total": 5000}
assert near(sum(math.log(summary[key] / wanted[key]) ** 2 for key in wanted), min(losses)), summary

# The particles: distances are as defined, the nearest are kept, and their values are the posterior.
particles, observed = table("pyabc/particles.csv"), table("pyabc/observed.csv")[0]
assert len(particles) == 16, particles
for row in particles:
    off = [(float(row[key]) - float(observed[key])) / float(observed[key]) for key in observed]
    assert near(row["distance"], math.hypot(*off)), row
particles.sort(key=lambda row: float(row["distance"]))
assert [row["kept"] for row in particles] == ["1"] * 3 + ["0"] * 13, particles
assert particles[0]["distance"] < particles[-1]["distance"], "all are as near"
posterior = [[row["csf_transport.attach_per_d"], row["lifecycle.early_death_per_d"]]
             for row in table("pyabc/posterior.csv")]
assert posterior == [[row["attach"], row["death"]] for row in particles[:3]], posterior

# The indices: every row of the design was run, and what has no effect within 5 days has none.
design, runs = table("salib/design.csv"), table("salib/runs.csv")
assert len(design) == len(runs) == 4 * 5, (len(design), len(runs))
for n, row in enumerate(runs):
    assert int(row["point"]) == n and all(row[key] == design[n][key] for key in design[n]), row
assert len({row["seed"] for row in runs}) == 1, "points with seeds of their own"
total = {row["key"]: float(row["total"]) for row in table("salib/indices.csv")}
assert list(total) == list(design[0]), total
assert total["host.response_gain"] == 0.0, total
assert total["lifecycle.early_death_per_d"] > 0.2, total
PYTHON
echo "the Python recipes do what they say"
