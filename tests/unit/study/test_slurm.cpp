#include <string>

#include <neurograft/study/slurm.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("short runs are packed into tasks of about an hour") {
  SlurmJob job;
  size_slurm_job({.runs = 1000, .core_seconds = 7200.0, .disk_bytes = 0.0, .memory_bytes = 5e7},
                 1000, job);
  CHECK(job.tasks == 2);
  CHECK(job.memory_mb == 260);

  job.jobs = 4;  // a task does four runs at once
  size_slurm_job({.runs = 1000, .core_seconds = 72000.0, .disk_bytes = 0.0, .memory_bytes = 1e9},
                 1000, job);
  CHECK(job.tasks == 5);
  CHECK(
      slurm_minutes({.runs = 1000, .core_seconds = 72000.0, .disk_bytes = 0.0, .memory_bytes = 0.0},
                    job, 200) == 3 * 60 + 15);
  CHECK(job.memory_mb == 5000);
}

TEST_CASE("long runs have a task each, as many as are allowed") {
  SlurmJob job;
  const StudyEstimate estimate{
      .runs = 40, .core_seconds = 40 * 10800.0, .disk_bytes = 0.0, .memory_bytes = 1e9};
  size_slurm_job(estimate, 1000, job);
  CHECK(job.tasks == 40);
  CHECK(slurm_minutes(estimate, job, 1) == 9 * 60 + 15);
  size_slurm_job(estimate, 20, job);
  CHECK(job.tasks == 20);
  CHECK(slurm_minutes(estimate, job, 2) == 18 * 60 + 15);
  size_slurm_job({.runs = 1, .core_seconds = 1.0, .disk_bytes = 0.0, .memory_bytes = 1e6}, 20, job);
  CHECK(job.tasks == 1);
}

TEST_CASE("the script asks for what the job needs and does one shard") {
  const SlurmJob job{.name = "my doses",
                     .script = "/data/my study/slurm/job.sh",
                     .command = {"/opt/neurograft", "sweep", "it's.toml", "-o", "/data/my study"},
                     .tasks = 12,
                     .jobs = 2,
                     .threads = 2,
                     .memory_mb = 5000,
                     .minutes = 195,
                     .options = {"--partition=short"}};
  const std::string script = slurm_script(job);
  CHECK(script.starts_with("#!/bin/bash\n#SBATCH "));
  for (const char* option :
       {"--job-name=my_doses", "--array=0-11", "--cpus-per-task=4", "--mem=5000M", "--time=195",
        "--requeue", "--signal=B:USR1@120", "--open-mode=append", "--partition=short"}) {
    CAPTURE(option);
    CHECK(holds(script, "#SBATCH " + std::string(option) + "\n"));
  }
  CHECK(
      holds(script,
            "'/opt/neurograft' 'sweep' 'it'\\''s.toml' '-o' '/data/my study' --jobs 2 --threads 2 "
            "--shard \"$SLURM_ARRAY_TASK_ID/12\" &\n"));
  CHECK(sbatch_command(job) ==
        "sbatch --output='/data/my study/slurm/task_%a.txt' '/data/my study/slurm/job.sh'");
}
