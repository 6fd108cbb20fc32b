#include <memory>

#include <neurograft/study/sensitivity.hpp>

#include "commands.hpp"
#include "study_run.hpp"

namespace neurograft::command {

StudyJob sensitivity_job(const std::string& file) {
  auto sensitivity = std::make_shared<Sensitivity>(read_sensitivity(file));
  return {plan_of(*sensitivity), [sensitivity](const Plan& plan, const RunStore& store) {
            return write_sensitivity_table(*sensitivity, plan, store);
          }};
}

void add_sensitivity(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "sensitivity", "Which keys a readout depends on: Morris screening or Sobol indices");
  command->footer(
      "Tables: sensitivity.csv, and those of `sweep`.\n"
      "Example:\n  neurograft sensitivity configs/studies/morris_screening.toml -o results/morris");
  add_study_command(*command, exit_code, sensitivity_job);
}

}  // namespace neurograft::command
