#!/usr/bin/env bash
# usage: places.sh NEUROGRAFT PYTHON disks|others
#
# What docs/reliability.md promises of a run and the place that it writes to: disks that fill up, folders that
# may not be written, files that go or change under a run, outputs that are no ordinary files, second runs,
# checkpoints of other runs, clocks that jump. Exit code 77: disks, and nothing may be mounted here.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
source "$here/../end_to_end/expect.sh"

# Mounts are made in a namespace of their own (of a user's own too, if not root): none stays, whatever happens.
if [[ $3 == disks && -z ${places_mounts:-} ]]; then
  export places_mounts=no
  for flags in -m -rm; do
    unshare $flags mount -t tmpfs none /tmp 2>/dev/null || continue
    places_mounts=yes exec unshare $flags "$here/places.sh" "$@"
  done
fi

neurograft=$(readlink -f "$1")
python=$2
work=$(mktemp -d)
pid=
trap '[[ -z $pid ]] || kill -KILL $pid || true; umount "$work/disk" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
mkdir disk folder

# A day, with a checkpoint after each of its hours, and results that grow.
cat >run.toml <<'TOML'
simulation = { start_d = 0, duration_d = 1, seed = 7 }
brain = { source = "patch", patch_size_mm = [0.6, 0.6, 0.6], patch_voxel_um = 60 }
graft = { cells = 2000, route = "parenchymal", site_mm = [0.3, 0.3, 0.3] }
insult = [{ kind = "cuprizone", start_d = 0 }]
output = { every_d = 0.125, agents_d = [0.125, 0.25, 0.5, 0.75, 0.875, 1], checkpoint_every_min = 1e-7 }
TOML
run=("$neurograft" run run.toml --threads 1 --progress none --summary json -o)

part() { printf '%3d s  %s\n' $SECONDS "$*"; }
# To its end, with the results of the unbroken run and nothing beside them.
is_whole() {
  expect_code 0 "$neurograft" compare whole.h5 "$1"
  [[ $(echo "$1"*) == "$1" ]] || fail "left beside the results: $(echo "$1"*)"
}
# From the checkpoint, if there is one, not from the beginning.
resumes() {
  local files
  files=$(echo "$1"*)
  expect_code 0 "${run[@]}" "$1" --resume
  [[ $files != *.ckpt* ]] || ! grep -q 'nothing to resume' err.txt || fail "$1: the checkpoint was of no use"
  is_whole "$1"
}
# The message names a file of this output and the reason. The results, if any yet, open and are not complete.
failed_at=
has_failed() {  # output, reason, file with the message
  local file
  expect_text "$2" "$3"
  file=$(sed -n '1s/: .*//p' "$3")
  [[ $file == "$1"* ]] || fail "names not a file of $1: $(cat "$3")"
  failed_at+=" [${file#"$1"}]"
  [[ ! -e $1 ]] || "$python" -c 'import h5py, sys; assert h5py.File(sys.argv[1])["/"].attrs["complete"] == 0' "$1"
}

# A run in the background that stands still after its first checkpoint (with options: as soon as it has begun),
# until `goes_on` to this exit code.
begins() {
  local awaited=$1.ckpt
  [[ $# -eq 1 ]] || awaited=$1.part
  "${run[@]}" "$@" >out.txt 2>err_run.txt &
  pid=$!
  until [[ -e $awaited ]]; do
    kill -0 "$pid" 2>/dev/null || fail "ended before there was $awaited: $(cat err_run.txt)"
    sleep 0.01
  done
  kill -STOP "$pid"
  until grep -q '^State:.[TZ]' "/proc/$pid/status"; do sleep 0.01; done
}
goes_on() {
  local code=0
  kill -CONT "$pid"
  wait "$pid" || code=$?
  pid=
  [[ $code -eq $1 ]] || fail "exit $code, not $1: $(cat err_run.txt)"
}

expect_code 0 "${run[@]}" whole.h5

# A mount of a user's own refuses the options that it reports itself.
set_disk() { mount --options-mode=ignore -o "remount,$1" none disk; }

if [[ $3 == disks ]]; then
  [[ $places_mounts == yes ]] || { echo "nothing may be mounted here"; exit 77; }
  part "a disk too small"
  mount -t tmpfs none disk
  for size in 100k 800k 1400k 1800k 2200k; do
    set_disk size=$size
    expect_code 4 "${run[@]}" disk/run.h5
    has_failed disk/run.h5 "No space left on device" err.txt
    ! compgen -G 'disk/*.[pn]*' || fail "left these"
    set_disk size=16m
    resumes disk/run.h5
    rm disk/run.h5
  done
  for file in .part .new .ckpt.new; do
    [[ $failed_at == *"[$file]"* ]] || fail "the disk was never full while it wrote $file, only$failed_at"
  done
  part "a disk that another program fills"
  begins disk/run.h5
  ! head -c 20m /dev/zero >disk/filler 2>/dev/null || fail "the disk is not full"
  expect_code 4 "${run[@]}" disk/new.h5
  has_failed disk/new.h5 "No space left on device" err.txt
  goes_on 4
  has_failed disk/run.h5 "No space left on device" err_run.txt
  rm disk/filler
  resumes disk/run.h5
  part "a disk that may only be read"
  set_disk ro
  expect_code 4 "${run[@]}" disk/new.h5
  has_failed disk/new.h5 "Read-only file system" err.txt
  is_whole disk/run.h5
  part "done; failures while these were written:$failed_at"
  exit 0
fi

part "a limit of the size of files"
for limit in 100 600 720; do
  (ulimit -f $limit && expect_code 4 "${run[@]}" limit.h5)
  has_failed limit.h5 "File too large" err.txt
  resumes limit.h5
  rm limit.h5
done

part "a folder that may not be written, from the start or from then on"
# Root may write anywhere, unless it gives up its privileges.
strong=("${run[@]}") weak=()
[[ $EUID -ne 0 ]] || weak=(setpriv --bounding-set=-all --inh-caps=-all)
chmod a-w folder
if "${weak[@]}" touch folder/file 2>/dev/null; then
  echo "SKIPPED: folders that may not be written: they may be here"
else
  run=("${weak[@]}" "${strong[@]}")
  expect_code 4 "${run[@]}" folder/run.h5
  has_failed folder/run.h5 "Permission denied" err.txt
  chmod u+w folder
  begins folder/run.h5
  chmod a-w folder
  goes_on 4
  has_failed folder/run.h5 "Permission denied" err_run.txt
  chmod u+w folder
  resumes folder/run.h5
  run=("${strong[@]}")
fi

part "results or checkpoint gone, results replaced, stopped for a second: it goes on"
for deed in "rm run.h5" "cp run.toml run.h5" "rm run.h5.ckpt" "sleep 1"; do
  begins run.h5
  $deed
  goes_on 0
  is_whole run.h5
  rm run.h5
done

part "its part file gone or replaced, a folder in place of the results: it ends, and leaves alone what is there"
for deed in "rm run.h5.part" "mv foreign run.h5.part" "mv directory run.h5"; do
  cp run.toml foreign
  mkdir -p directory
  begins run.h5
  [[ $deed != *directory* ]] || mv run.h5 kept.h5
  $deed
  goes_on 4
  if [[ $deed == *directory* ]]; then
    expect_text "Is a directory" err_run.txt
    rmdir run.h5
    mv kept.h5 run.h5
  else
    has_failed run.h5 "run.h5.part: " err_run.txt
    [[ $deed != *foreign* ]] || cmp run.toml run.h5.part
  fi
  resumes run.h5
  rm run.h5
done
mkdir gone
begins gone/run.h5
rm -r gone
goes_on 4
grep -q '^gone.*: ' err_run.txt || fail "names not what is gone: $(cat err_run.txt)"
[[ ! -e gone ]] || fail "made the folder again"

part "two runs on one file"
begins run.h5
expect_code 4 "${run[@]}" run.h5
expect_text "run.h5.part: is being written by another run" err.txt
expect_code 4 "${run[@]}" run.h5 --resume
goes_on 0
is_whole run.h5
part "a second run begun after the first's files were removed"
rm run.h5
begins run.h5
first=$pid
rm run.h5*
begins run.h5 --set output.checkpoint_every_min=10
second=$pid pid=$first
goes_on 4
pid=$second
goes_on 0
is_whole run.h5

part "outputs that are no ordinary files"
mkfifo pipe
ln -s whole.h5 link.h5
ln -s nowhere.h5 dangling.h5
state() { find . -mindepth 1 ! -name out.txt ! -name 'err*.txt' -printf '%p %y %i %s %T@\n' | sort; }
refuses() {  # exit code, text, output and options
  local before
  before=$(state)
  expect_code "$1" "${run[@]}" "${@:3}"
  expect_text "$2" err.txt
  [[ $(state) == "$before" ]] || fail "${*:3}: changed something"
}
for message in "folder: is a folder" "pipe: is not a regular file" "/dev/full: is not a regular file" \
  "/dev/null: is not a regular file" "link.h5: is a symbolic link" "dangling.h5: is a symbolic link" \
  "run.toml: exists and is not a results file"; do
  refuses 2 "$message" "${message%%: *}"
done
refuses 4 "run.toml: cannot make this folder (Not a directory)" run.toml/run.h5
expect_code 0 "${run[@]}" new/folder/run.h5
is_whole new/folder/run.h5

part "checkpoints of other runs, and damaged ones"
expect_code 0 "${run[@]}" half.h5 --until 0.5
ckpt=half.h5.ckpt
cp $ckpt kept
refuses 2 "$ckpt: was written with seed 7, not 8" half.h5 --resume --seed 8
refuses 2 "$ckpt: was written with another configuration" half.h5 --resume --set graft.cells=400
"$python" - $ckpt <<'PYTHON'
import h5py, pathlib, struct, sys, zlib
path = pathlib.Path(sys.argv[1])
with h5py.File(path, "r+") as file:
    file.attrs.modify("results_version", file.attrs["results_version"] + 1)
body = path.read_bytes().partition(b"NGSEAL01")[0]
path.write_bytes(body + b"NGSEAL01" + struct.pack("<I", zlib.crc32(body)))  # as that release would have sealed it
PYTHON
refuses 2 "$ckpt: was written by results version" half.h5 --resume
cp kept $ckpt
truncate -s -100 $ckpt
refuses 4 "$ckpt: is damaged (it is cut short" half.h5 --resume
cp kept $ckpt
byte=$(od -An -tu1 -j100000 -N1 $ckpt)
printf "\\x$(printf %x $((byte ^ 1)))" | dd of=$ckpt bs=1 seek=100000 conv=notrunc status=none
refuses 4 "$ckpt: is damaged (its bytes are not those that were written)" half.h5 --resume
cp kept $ckpt

part "files of the future, and a machine that has just started"
touch -d 2099-01-01 half.h5 $ckpt
if unshare --time true 2>/dev/null; then
  expect_code 0 unshare --time --fork --monotonic 100000000 "${run[@]}" half.h5 --resume --until 0.75
else
  echo "SKIPPED: another time since the start of the machine: it may not be set here"
fi
resumes half.h5
part "done; failures while these were written:$failed_at"
