#include <memory>

#include <neurograft/core/error.hpp>
#include <neurograft/study/results.hpp>

#include "commands.hpp"
#include "study_run.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

StudyJob job_of(const Plan& plan) {
  if (plan.command == "trial") return trial_job(plan.study.string());
  if (plan.command == "sensitivity") return sensitivity_job(plan.study.string());
  if (plan.command == "sweep") return sweep_job(plan.study.string());
  throw InputError(Problem{plan.study.string(), "its failed runs may run again",
                           "they are a part of a calibration", "give its own command again"});
}

// Failed runs begin anew, in the study as its files are now.
int retry(const StudyRunArguments& arguments) {
  const RunStore store(arguments.folder_asked());
  const Plan plan = read_plan(store.plan_file());
  for (const PlannedRun& run : plan.runs) {
    if (store.state(run) != RunState::failed) continue;
    const auto claim = store.claim(run);
    if (claim && store.state(run, true) == RunState::failed) store.clear(run);
  }
  return do_study(job_of(plan), arguments, command_words(plan.command, plan.study.string()));
}

// A sub-command that takes the folder of a study.
CLI::App* add_folder_command(CLI::App& sweep, const char* name, const char* what,
                             std::string& folder) {
  CLI::App* command = sweep.add_subcommand(name, what);
  command->add_option("DIR", folder, "the study's folder")->required();
  command->footer(fmt::format("Example:\n  neurograft sweep {} results/doses", name));
  return command;
}

}  // namespace

StudyJob sweep_job(const std::string& file) {
  return {plan_of(read_study(file)),
          [](const Plan& plan, const RunStore& store) { return collect(plan, store); }};
}

void add_sweep(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<StudyRunArguments>();
  auto study = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("sweep", "Run a study: many runs that differ in some keys");
  auto* start = command->add_option_group("start");
  start->add_option("STUDY", *study, "the study, a TOML file");
  CLI::App* status = add_folder_command(*command, "status", "How far a study is, and what failed",
                                        arguments->folder);
  CLI::App* again = add_folder_command(*command, "retry", "Do the failed runs of a study again",
                                       arguments->folder);
  again->add_option("--jobs", arguments->jobs, "runs at once")->type_name("N");
  again->add_option("--threads", arguments->threads, "threads of each run")->type_name("N");
  again->add_flag("--slurm", arguments->slurm, "submit an array job to Slurm, and return");
  CLI::App* tables = add_folder_command(*command, "collect",
                                        "Write the tables of what is done, and print their paths",
                                        arguments->folder);
  command->require_subcommand(0, 1);
  arguments->add_to(*start);
  arguments->add_cluster_to(*start);
  command->footer(
      "The same command again does only what is missing; it may be killed at any time.\n"
      "Exit: 0 all done, 1 some runs failed (the others are done), 2 bad input, 75 stopped.\n"
      "Example:\n  neurograft sweep configs/studies/dose_by_duration.toml -o results/doses\n"
      "  neurograft sweep status results/doses");
  status->callback([arguments] {
    const RunStore store(arguments->folder);
    fmt::print("{}", status_text(read_plan(store.plan_file()), store));
  });
  again->callback([arguments, &exit_code] { exit_code = retry(*arguments); });
  tables->callback([arguments] {
    const RunStore store(arguments->folder);
    const Plan plan = read_plan(store.plan_file());
    say_written(plan.command.empty() ? collect(plan, store)
                                     : job_of(plan).write_tables(plan, store));
  });
  command->callback([command, arguments, study, &exit_code] {
    if (!command->get_subcommands().empty()) return;
    if (study->empty()) throw CLI::RequiredError("STUDY");
    exit_code = do_study(sweep_job(*study), *arguments, command_words("sweep", *study));
  });
}

}  // namespace neurograft::command
