#!/usr/bin/env bash
# usage: open.sh NEUROGRAFT CONFIG PYTHON
#
# ParaView opens what `export --vtk` wrote: all frames, all arrays, where they are. Exit code 77: no pvpython.
set -euo pipefail

neurograft=$(readlink -f "$1")
config=$(readlink -f "$2")
python=$3
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
command -v pvpython >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$neurograft" run "$config" -o run.h5 --progress none >/dev/null
"$neurograft" export run.h5 --vtk vtk >/dev/null
HOME=$work pvpython --force-offscreen-rendering "$here/open.py" vtk >found.json
"$python" "$here/check.py" run.h5 found.json
