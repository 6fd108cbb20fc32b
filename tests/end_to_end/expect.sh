# What the scripts of this folder check with; sourced by them.

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
expect_code() {  # code, command...
  local expected=$1 code=0
  shift
  "$@" >out.txt 2>err.txt || code=$?
  [[ $code -eq $expected ]] || { cat out.txt err.txt >&2; fail "exit $code, not $expected: $*"; }
}
expect_text() {  # text, file
  grep -qF -- "$1" "$2" || { cat "$2" >&2; fail "no \"$1\" in $2"; }
}
