#!/usr/bin/env bash
# Slurm on this machine alone, for tests: munged, slurmctld and slurmd as ordinary processes, with
# all that they read and write in one folder. `local_slurm.sh -h` lists what it does.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin  # where Debian keeps the daemons, not in the PATH of a plain user

start_limit_s=60
stop_limit_s=30

usage() {
  cat <<'TEXT'
usage: local_slurm.sh start FOLDER | stop FOLDER | status FOLDER

  start    starts Slurm with one node, waits until the node is idle, and prints the line that makes a
           shell use it:  setting=$(local_slurm.sh start FOLDER) && eval "$setting"
  stop     cancels all jobs and ends all daemons, also after a failed start; the folder stays
  status   shows daemons, node and jobs; exit code 1 if a daemon is missing or the node is not usable

FOLDER holds configuration, key, socket, state, spool, logs and pids; it is made if it is not there.
NODE_CPUS and NODE_MEMORY_MB in the environment say what the node offers (otherwise what this machine
has). Needs the Debian packages slurmctld, slurmd, slurm-client and munge, and says so with exit code
77 if one is missing; needs neither root nor systemd nor cgroups. Started by a plain user, it runs
jobs of that user only.
TEXT
}

fail() {
  printf 'local_slurm.sh: %s\n' "$*" >&2
  exit 1
}

require_packages() {
  local pair
  local -a missing=()
  for pair in slurmctld:slurmctld slurmd:slurmd sbatch:slurm-client munged:munge; do
    command -v "${pair%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  printf 'skipped: needs apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
  exit 77
}

# ---- processes ----

with_variables() {  # pids of the processes that were started with all of these, NAME=VALUE
  local variable
  local -a files=(/proc/[0-9]*/environ)
  for variable in "$@"; do
    mapfile -t files < <(grep -lszxF -- "$variable" /dev/null "${files[@]}")
  done
  [[ ${#files[@]} -eq 0 ]] || printf '%s\n' "${files[@]}" | cut -d/ -f3
}

# Daemons are known by a variable that jobs do not inherit: a pid in a file may be another process's.
ours() {  # name, or nothing for all of them
  local pid
  for pid in $(with_variables "LOCAL_SLURM=$folder"); do
    if [[ $# -eq 0 || $(cat "/proc/$pid/comm" 2>/dev/null) == "$1" ]]; then
      printf '%s\n' "$pid"
    fi
  done
}

# Processes of jobs, each with the slurmstepd above it, whose own environment cannot be read.
of_jobs() {
  local pid parent
  for pid in $(with_variables "SLURM_CONF=$SLURM_CONF" SLURMD_NODENAME=localhost); do
    printf '%s\n' "$pid"
    parent=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || continue
    if [[ $(cat "/proc/$parent/comm" 2>/dev/null) == slurmstepd ]]; then
      printf '%s\n' "$parent"
    fi
  done
}

launch() {  # name, arguments; in a session of its own, out of the reach of a terminal's Ctrl-C
  LOCAL_SLURM=$folder setsid "$@" </dev/null >>"$folder/$1.log" 2>&1 &
}

# Tries a command until it succeeds; fails at the time limit, or if a daemon that was there has ended.
wait_until() {  # seconds, names of daemons, command
  local limit=$((SECONDS + $1)) name
  local -a needed
  read -ra needed <<<"$2"
  shift 2
  until "$@" >/dev/null 2>&1; do
    [[ $SECONDS -lt $limit ]] || return 1
    sleep 0.1
    for name in ${needed[@]+"${needed[@]}"}; do
      [[ -n $(ours "$name") ]] || return 1
    done
  done
}

# ---- configuration ----

free_port() {  # address
  local port
  for ((;;)); do
    port=$((20000 + RANDOM % 10000))
    (: <"/dev/tcp/$1/$port") 2>/dev/null || break
  done
  printf '%s\n' "$port"
}

write_configuration() {
  local user address communication='' cpus memory_mb controller_port node_port
  user=$(id -un)
  # Slurm listens either everywhere or on the address of the host's name, which is a loopback address
  # on many machines, but not on all.
  address=$(getent ahostsv4 "$(uname -n)" | awk 'NR == 1 { print $1 }') || true
  if [[ $address == 127.* ]]; then
    communication=CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
  else
    address=127.0.0.1
  fi
  cpus=${NODE_CPUS:-$(nproc)}
  memory_mb=${NODE_MEMORY_MB:-$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)}
  controller_port=$(free_port "$address")
  until node_port=$(free_port "$address") && [[ $node_port != "$controller_port" ]]; do :; done
  cat >"$folder/slurm.conf" <<TEXT
ClusterName=local
SlurmctldHost=localhost($address)
SlurmUser=$user
SlurmdUser=$user
SlurmctldPort=$controller_port
SlurmdPort=$node_port
$communication
AuthType=auth/munge
# A requeued job starts again only when its credential has expired.
AuthInfo=socket=$folder/munge.socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
MailProg=/bin/true
MpiDefault=none
SwitchType=switch/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
JobRequeue=1
MaxArraySize=1001
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=0,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# Without it a job that asks for no memory gets the node's, and jobs run one at a time.
DefMemPerCPU=$((memory_mb / cpus / 2))
KillWait=10
ReturnToService=2
# NODE_CPUS and NODE_MEMORY_MB may be more than the machine has.
SlurmdParameters=config_overrides
NodeName=localhost NodeAddr=$address CPUs=$cpus RealMemory=$memory_mb State=UNKNOWN
PartitionName=main Nodes=localhost Default=YES MaxTime=INFINITE State=UP
TEXT
}

# ---- sub-commands ----

node_state() { sinfo --noheader --format=%T; }

node_is_idle() { [[ $(node_state) == idle ]]; }

start_daemons() {
  launch munged --foreground --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munged.pid" --seed-file="$folder/munge.seed"
  wait_until "$start_limit_s" munged test -S "$folder/munge.socket" || return
  launch slurmctld -D -c -f "$SLURM_CONF"
  wait_until "$start_limit_s" 'munged slurmctld' scontrol ping || return
  launch slurmd -D -c -f "$SLURM_CONF"
  wait_until "$start_limit_s" 'munged slurmctld slurmd' node_is_idle
}

start() {
  require_packages
  [[ -z $(ours) ]] || fail "runs already in $folder; stop it first"
  mkdir -p "$folder/state" "$folder/spool"
  rm -f "$folder"/{munged,slurmctld,slurmd}.log
  (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
  write_configuration
  if ! start_daemons; then
    tail -n 20 "$folder"/*.log >&2
    stop
    fail "the node did not become idle"
  fi
  printf 'export SLURM_CONF=%q\n' "$SLURM_CONF"
}

no_jobs() { local jobs; jobs=$(squeue --noheader) && [[ -z $jobs ]]; }

ended() { [[ -z $(ours "$1") ]]; }

stop() {
  local name pid
  if [[ -n $(ours munged) && -n $(ours slurmctld) ]] && scancel --partition=main; then
    wait_until "$stop_limit_s" 'munged slurmctld slurmd' no_jobs || true
  fi
  for name in slurmd slurmctld munged; do
    for pid in $(ours "$name"); do
      kill -TERM "$pid" 2>/dev/null || true
    done
    wait_until 10 '' ended "$name" || true
  done
  # Steps outlive slurmd, and what a job sent into the background may outlive its step.
  for pid in $(ours) $(of_jobs); do
    kill -KILL "$pid" 2>/dev/null || true
  done
}

status() {
  local name code=0
  require_packages
  for name in munged slurmctld slurmd; do
    if [[ -n $(ours "$name") ]]; then
      printf '%s: runs\n' "$name"
    else
      printf '%s: does not run\n' "$name"
      code=1
    fi
  done
  [[ $code -eq 0 ]] || exit "$code"
  sinfo
  squeue
  [[ $(node_state) =~ ^(idle|mixed|allocated|completing)$ ]]
}

case ${1:-} in
  -h | --help | help)
    usage
    exit 0
    ;;
  start | stop | status) [[ $# -eq 2 && -n $2 ]] || { usage >&2; exit 2; } ;;
  *)
    usage >&2
    exit 2
    ;;
esac
folder=$(realpath -m "$2")
[[ ! $folder =~ [[:space:],#] && ${#folder} -le 80 ]] ||
  fail "$folder: must be at most 80 characters, without blanks, commas and #"
export SLURM_CONF=$folder/slurm.conf
"$1"
