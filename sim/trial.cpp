#include <memory>

#include <neurograft/study/trial.hpp>

#include "commands.hpp"
#include "study_run.hpp"

namespace neurograft::command {

StudyJob trial_job(const std::string& file) {
  auto trial = std::make_shared<Trial>(read_trial(file));
  return {plan_of(*trial), [trial](const Plan& plan, const RunStore& store) {
            return write_trial_tables(*trial, plan, store);
          }};
}

void add_trial(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("trial", "Run a virtual trial: the same virtual patients in every arm");
  command->footer(
      "Tables: arms.csv, effects.csv (each arm against the first), power.csv (by patients per "
      "arm),\n"
      "dose_effect.csv (how often a real trial would show one), and those of `sweep`.\n"
      "Example:\n  neurograft trial configs/studies/trial_power.toml -o results/trial");
  add_study_command(*command, exit_code, trial_job);
}

}  // namespace neurograft::command
