# Completion of the neurograft command in bash: sub-commands, options, choices, and keys after --set.
# What there is to complete comes from the command's own help, so that this file need not follow it.
# Installed where bash looks for it; from the source tree: source sim/completion/neurograft.bash

_neurograft_options() {  # sub-command
  "$1" "$2" -h 2>/dev/null | grep -oE '^  +(-[A-Za-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+'
}

_neurograft_choices() {  # command, sub-command, option: what stands in {...} behind it
  "$1" "$2" -h 2>/dev/null | grep -E -- "(^|[ ,])$3 " | grep -oE '\{[a-z,]+\}' | head -n 1 | tr -d '{}' | tr ',' ' '
}

_neurograft_drugs() {  # words of the line: names of the drug courses in a config among them
  local word
  for word in "$@"; do
    [[ $word == *.toml && -r $word ]] || continue
    awk -F'"' '/^\[/ { drug = /^\[\[drug\]\]/ } drug && /^name *=/ { printf "%s ", $2 }' "$word"
  done
}

_neurograft_keys() {  # command, names of drug courses: "graft.cells=", "drug.tacrolimus.stop_d=" and the like
  "$1" params 2>/dev/null | awk -v drugs="$2" '
    BEGIN { count = split(drugs, name, " ") }
    /^\[/ { list = /^\[\[/; section = $1; gsub(/[][]/, "", section) }
    /^  [a-z]/ && !list && section !~ /NAME/ { print section "." $1 "=" }
    /^  [a-z]/ && section == "drug" { for (n = 1; n <= count; ++n) print "drug." name[n] "." $1 "=" }'
}

_neurograft() {
  local command=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local words
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    words=$("$command" -h 2>/dev/null | awk '/^Subcommands:/ { on = 1; next } on && /^  [a-z]/ { print $1 }')
    mapfile -t COMPREPLY < <(compgen -W "$words -h --help --version" -- "$current")
    return
  fi
  local sub=${COMP_WORDS[1]}
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_neurograft_options "$command" "$sub")" -- "$current")
  elif [[ $previous == --set ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_neurograft_keys "$command" "$(_neurograft_drugs "${COMP_WORDS[@]}")")" -- "$current")
    compopt -o nospace 2>/dev/null
  elif [[ $previous == --* && -n $(_neurograft_choices "$command" "$sub" "$previous") ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_neurograft_choices "$command" "$sub" "$previous")" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  fi
}

complete -F _neurograft neurograft
