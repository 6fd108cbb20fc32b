#!/usr/bin/env bash
# `neurograft selftest` shows closed forms as a table and as JSON, ends with 0 as all are met, and
# refuses an area that it does not know.
set -euo pipefail
neurograft=$1

"$neurograft" selftest tissue pharmacokinetics | grep -q 'closed forms are met$'
"$neurograft" selftest --list | grep -q '^killing '
"$neurograft" selftest tissue --json | "${2:-python3}" -c '
import json, sys
table = json.load(sys.stdin)
assert table["format"] == 1 and len(table["checks"]) > 5, table
for check in table["checks"]:
    assert check["area"] == "tissue" and check["ok"] is True, check
    assert check["error"] <= check["bound"] and check["quantity"] and check["basis"], check
'
code=0
message=$("$neurograft" selftest tissues 2>&1) || code=$?
[[ $code == 2 && $message == *'no area "tissues"'*'pharmacokinetics'* ]]
