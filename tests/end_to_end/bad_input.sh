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
bad "missing image" '7 source = "nowhere.nii.gz"' 'trial.toml:7: brain.source = "nowhere.nii.gz"'
bad "not whole ticks" '4 duration_d = 1.01' 'duration_d'
bad "zero step" $'3 start_d = -1\n+ [csf_transport]\n+ every_h = 0' 'trial.toml:12: csf_transport.every_h = 0'
bad "unknown drug" $'+ [[drug]]\n+ name = "aspirin"\n10 cells = -3' 'drug[0].name = "aspirin"' 'trial.toml:10:'
bad "negative dose" $'+ [[drug]]\n+ name = "tacrolimus"\n+ dose_mg = -3' 'dose_mg = -3'
bad "dose after the end" $'+ [[drug]]\n+ name = "tacrolimus"\n+ start_d = 5\n+ stop_d = 9\n+ dose_mg = 3' \
  'trial.toml:13: drug[0].start_d = 5'
bad "insult after the end" $'+ [[insult]]\n+ kind = "cuprizone"\n+ start_d = 9' 'trial.toml:13: insult[0].start_d = 9'
bad "site outside the brain" $'+ route = "parenchymal"\n+ site_mm = [900, 0, 0]' \
  'trial.toml:12: graft.site_mm = [900.0, 0.0, 0.0] (is not in grey or white matter)'
bad "two sites outside at once" \
  $'+ route = "parenchymal"\n+ site_mm = [900, 0, 0]\n+ [[insult]]\n+ kind = "lpc"\n+ start_d = 0\n+ site_mm = [900, 0, 0]' \
  'trial.toml:12: graft.site_mm' 'trial.toml:16: insult[0].site_mm'
bad "insult without a place" $'+ [[insult]]\n+ kind = "lpc"' 'insult[0].site_mm'
bad "aqueduct outside the image" '8 aqueduct_mm = [900, 0, 0]' 'brain.aqueduct_mm'
bad "unknown array" $'+ [output]\n+ snapshots_d = [1]\n+ fields = ["nope"]' 'trial.toml:13: output.fields = ["nope"]'
bad "labels of a phantom" '8 labels = "labels.txt"' 'trial.toml:8: brain.labels = "labels.txt"'
bad "slip in a known name" $'+ [fields.inflamatory]' 'did you mean [fields.inflammatory]?'

# Images that are cut short, claim more than they hold, hold nothing, or hold what is no number.
python3 - <<'PYTHON'
import struct

def nifti(path, size, values, claimed=None, cut=None):
    head = bytearray(352)
    struct.pack_into('<i', head, 0, 348)
    struct.pack_into('<8h', head, 40, 3, *(claimed or size), 1, 1, 1, 1)
    struct.pack_into('<2h', head, 70, 16, 32)
    struct.pack_into('<8f', head, 76, 1, 4, 4, 4, 1, 1, 1, 1)
    struct.pack_into('<2f', head, 108, 352, 1)
    head[123] = 2
    struct.pack_into('<2h', head, 252, 0, 1)
    struct.pack_into('<12f', head, 280, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0)
    head[344:348] = b'n+1\0'
    body = struct.pack(f'<{len(values)}f', *values)
    open(path, 'wb').write((bytes(head) + body)[:cut])

tissue = [4.0] * 1000
nifti('good.nii', (10, 10, 10), tissue)
nifti('cut.nii', (10, 10, 10), tissue, cut=2000)
nifti('head.nii', (10, 10, 10), tissue, cut=200)
nifti('lying.nii', (10, 10, 10), tissue, claimed=(30000, 30000, 30000))
nifti('none.nii', (10, 10, 10), tissue, claimed=(0, 10, 10))
nifti('nan.nii', (10, 10, 10), tissue[:-1] + [float('nan')])
PYTHON
printf '%s\n' "${good[@]}" | sed -e 's/"phantom"/"good.nii"/' -e 's/^cells = .*/cells = 0/' >trial.toml
"$neurograft" check trial.toml >stdout 2>stderr || { complain "the good image"; cat stderr; }
for image in cut head lying none nan; do
  bad "image $image" "7 source = \"$image.nii\"" "trial.toml:7: brain.source = \"$image.nii\""
done
bad "map with a hole" $'+ [lesions]\n+ mask = "nan.nii"' 'trial.toml:12: lesions.mask = "nan.nii"'
bad "no such mask" $'+ [lesions]\n+ mask = "no.nii"' 'trial.toml:12: lesions.mask = "no.nii"'
bad "no such labels" $'7 source = "good.nii"\n8 labels = "no.txt"' \
  'trial.toml:8: brain.labels = "no.txt"'
bad "no such atlas" $'8 tracts = "no.nii"' \
  'trial.toml:8: brain.tracts = "no.nii" (no such file:'
bad "no names of an atlas" $'8 tracts = "good.nii"' \
  'good.txt); it names the values of the label image'
bad "a folder as image" '7 source = "."' 'trial.toml:7: brain.source = "." (is a folder'
bad "labels of a T1" $'7 source = "good.nii"\n8 labels = "good.nii"\n9 segmentation = "good.nii"\n10 aqueduct_mm = []' \
  'trial.toml:8: brain.labels = "good.nii" (brain.segmentation is given too'
bad "segmentation of a phantom" '8 segmentation = "good.nii"' 'trial.toml:8: brain.segmentation'
bad "icv without a ventricle" '7 source = "good.nii"' 'trial.toml:9: [graft]: the brain has no ventricle'

# What only a process or the brain sees is told by its key too.
tacrolimus=$'+ [[drug]]\n+ name = "tacrolimus"'
bad "course before the run" "$tacrolimus"$'\n+ dose_mg = 3\n+ start_d = -5' 'trial.toml:11: [drug[0]]'
bad "dose twice" "$tacrolimus"$'\n+ dose_mg = 3\n+ dose_mg_per_kg = 3' \
  'trial.toml:12: drug[0].name = "tacrolimus" (dose is not given exactly once'
bad "taper too long" "$tacrolimus"$'\n+ dose_mg = 3\n+ stop_d = 1\n+ taper_d = 8' \
  'trial.toml:15: drug[0].taper_d'
bad "constant effect with doses" "$tacrolimus"$'\n+ kind = "constant_effect"\n+ dose_mg = 3' \
  'trial.toml:14: drug[0].dose_mg = 3.0' 'trial.toml:13: drug[0].kind = "constant_effect"'
bad "effect of a course" "$tacrolimus"$'\n+ dose_mg = 3\n+ effect_kill = 0.5' \
  'trial.toml:14: drug[0].effect_kill = 0.5'
bad "sampled drug effects" \
  "$tacrolimus"$'\n+ dose_mg = 3\n+ [pharmacology]\n+ every_h = 1\n+ [tissue]\n+ enabled = false' \
  'periphery.every_h = 6.0' 'infiltration.every_h = 6.0' 'signalling.every_h = 6.0'
bad "lesions beyond the brain" $'+ [lesions]\n+ volume_ml = 1e5' 'trial.toml:12: lesions.volume_ml'
bad "ventricles too small" '8 ventricle_volume_ml = 1' 'trial.toml:8: brain.ventricle_volume_ml'
bad "volume in another unit" '8 native_volume_ml = 1.1' 'trial.toml:8: brain.native_volume_ml'
bad "transient yet fast" $'+ [fields.inflammatory]\n+ mode = "transient"' \
  'trial.toml:12: fields.inflammatory.mode = "transient"'
bad "array twice" $'+ [output]\n+ snapshots_d = [1]\n+ fields = ["opc", "opc"]' 'trial.toml:13: output.fields'
bad "end before the start" '4 duration_d = -3' 'trial.toml:4: simulation.duration_d = -3'
bad "more than memory holds" '10 cells = 4e9' 'graft.cells'

bad "files at once" \
  $'5 seed = "seven"\n7 source = "no.nii"\n8 labels = "no.txt"\n9 tracts = "no.nii"\n10 [lesions]\n+ mask = "nomask.nii"' \
  'trial.toml:5:' 'trial.toml:7: brain.source = "no.nii" (no such file:' \
  'trial.toml:8: brain.labels = "no.txt" (no such file:' \
  'trial.toml:9: brain.tracts = "no.nii" (no such file:' \
  'trial.toml:11: lesions.mask = "nomask.nii" (no such file:'
bad "a value and a place at once" \
  $'5 seed = "seven"\n+ route = "parenchymal"\n+ site_mm = [900, 0, 0]\n+ [lesions]\n+ mask = "nomask.nii"' \
  'trial.toml:5:' 'trial.toml:12: graft.site_mm' 'trial.toml:14: lesions.mask'
bad "no such product of a further graft" $'+ [[graft.extra]]\n+ cells = 5\n+ product = "nope"' \
  'trial.toml:13: graft.extra[0].product = "nope" (no such product)'
bad "count and volume" $'+ [lesions]\n+ count = 3\n+ volume_ml = 2' 'trial.toml:12: lesions.count = 3'
bad "a source that is no text" $'7 source = 5\n8 templates = "nowhere"' 'trial.toml:7: brain.source = 5'
bad "all at once" $'5 seed = "seven"\n8 resolution = 4\n10 cells = -3' \
  'trial.toml:5:' 'trial.toml:8:' 'trial.toml:10:'

bad_arguments 2 "a rate that no tissue has" 'tissue.opc_growth_per_d = 1e+300 (must be in [0, 100])' \
  run trial.toml -o out.h5 --progress none --set tissue.opc_growth_per_d=1e300
bad_arguments 2 "no such config" nowhere.toml run nowhere.toml -o out.h5
bad_arguments 2 "the config as output" 'is not a results file' run trial.toml -o trial.toml
bad_arguments 2 "the source as label map" 'is the source itself' brain good.nii -o good.nii
bad_arguments 2 "a folder as output" 'is a folder' run trial.toml -o .
mkfifo pipe
bad_arguments 2 "a pipe as output" 'not a regular file' run trial.toml -o pipe
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
