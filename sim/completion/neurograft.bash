# Completion of the neurograft command in bash: sub-commands, options, choices, and keys after --set.
# What there is to complete comes from the command's own help, so that this file need not follow it.
# Installed where bash looks for it; from the source tree: source sim/completion/neurograft.bash

_neurograft_options() {  # sub-command
  "$1" "$2" -h 2>/dev/null | grep -oE '^  +(-[A-Za-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+'
}

_neurograft_choices() {  # command, sub-command, option: what stands in {...} behind it
  "$1" "$2" -h 2>/dev/null | grep -E -- "(^|[ ,])$3 " | grep -oE '\{[a-z,]+\}' | head -n 1 | tr -d '{}' | tr ',' ' '
}

_neurograft_keys() {  # command: "graft.cells=" and the like; entries of lists need their names
  "$1" params 2>/dev/null | awk '
    /^\[/ { section = $1; gsub(/[][]/, "", section) }
    /^  [a-z]/ { if (section !~ /NAME/) print section "." $1 "=" }'
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
    mapfile -t COMPREPLY < <(compgen -W "$(_neurograft_keys "$command")" -- "$current")
    compopt -o nospace 2>/dev/null
  elif [[ $previous == --* && -n $(_neurograft_choices "$command" "$sub" "$previous") ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_neurograft_choices "$command" "$sub" "$previous")" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  fi
}

complete -F _neurograft neurograft
