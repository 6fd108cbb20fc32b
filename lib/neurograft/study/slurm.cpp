#include <algorithm>
#include <cmath>

#include <neurograft/study/slurm.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

// A name without what sbatch's options would be split at.
std::string plain(const std::string& name) {
  std::string text = name;
  for (char& c : text) {
    const bool harmless = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!harmless) c = '_';
  }
  return text;
}

}  // namespace

std::string shell_quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string sbatch_command(const SlurmJob& job) {
  return fmt::format("sbatch --output={} {}",
                     shell_quoted((job.script.parent_path() / "task_%a.txt").string()),
                     shell_quoted(job.script.string()));
}

void size_slurm_job(const StudyEstimate& estimate, std::size_t most_tasks, SlurmJob& job) {
  constexpr double hour_s = 3600.0;
  const auto jobs = static_cast<double>(job.jobs);
  const double by_time = std::ceil(estimate.core_seconds / (hour_s * jobs));
  const auto most =
      static_cast<double>(std::min(most_tasks, std::max<std::size_t>(1, estimate.runs)));
  job.tasks = static_cast<std::size_t>(std::clamp(by_time, 1.0, most));
  constexpr double own_mb = 200.0;
  job.memory_mb =
      static_cast<std::size_t>(std::ceil(1.2 * estimate.memory_bytes * 1e-6 * jobs + own_mb));
}

std::size_t slurm_minutes(const StudyEstimate& estimate, const SlurmJob& job,
                          std::size_t most_runs) {
  const double run_s = estimate.core_seconds / std::max(1.0, static_cast<double>(estimate.runs));
  const double rounds = std::ceil(static_cast<double>(most_runs) / static_cast<double>(job.jobs));
  return static_cast<std::size_t>(std::ceil(3.0 * rounds * run_s / 60.0)) + 15;
}

std::string slurm_script(const SlurmJob& job) {
  std::string text = "#!/bin/bash\n";
  const auto option = [&](const std::string& line) { text += "#SBATCH " + line + "\n"; };
  option("--job-name=" + plain(job.name));
  option(fmt::format("--array=0-{}", job.tasks - 1));
  option(fmt::format("--cpus-per-task={}", job.jobs * job.threads));
  option(fmt::format("--mem={}M", job.memory_mb));
  option(fmt::format("--time={}", job.minutes));
  option("--requeue");
  option("--signal=B:USR1@120");
  option("--open-mode=append");
  for (const std::string& further : job.options) option(further);
  text += "\n";
  for (const std::string& word : job.command) text += shell_quoted(word) + " ";
  text += fmt::format("--jobs {} --threads {} --shard \"$SLURM_ARRAY_TASK_ID/{}\" &\n", job.jobs,
                      job.threads, job.tasks);
  text += R"(program=$!
task=${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}
stopping=
# What this shell is told it passes on, and waits until all runs have written their checkpoints.
forward() {
  stopping=yes
  kill -TERM "$program" 2>/dev/null
}
trap forward USR1 TERM
wait "$program"
code=$?
while kill -0 "$program" 2>/dev/null; do  # a signal ends `wait` early
  wait "$program"
  code=$?
done
# The signal may have ended `wait` when the program had just ended.
[[ -z $stopping ]] || { wait "$program"; code=$?; }
# Stopped with checkpoints, or (143) before it could write any: the same task again goes on from there.
# One that was cancelled stays so, and one that Slurm restarts itself needs no help.
if [[ $code -eq 75 || ( -n $stopping && $code -eq 143 ) ]]; then
  case $(squeue --noheader --jobs="$task" --format='%T %r') in
    RUNNING* | 'COMPLETING TimeLimit') scontrol requeue "$task" ;;
  esac
fi
exit "$code"
)";
  return text;
}

}  // namespace neurograft
