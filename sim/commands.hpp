#pragma once

#include <string>
#include <vector>

#include <neurograft/io/config.hpp>

#include "command_line.hpp"
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

/// One `add_...` per sub-command, each in the file of its name. A sub-command leaves its exit code
/// in `exit_code`, and throws what the library throws.
namespace neurograft::command {

void add_run(CLI::App& app, int& exit_code, std::string command_line);
void add_check(CLI::App& app);
void add_params(CLI::App& app);
void add_brain(CLI::App& app);
void add_compare(CLI::App& app, int& exit_code);
void add_export(CLI::App& app);
void add_report(CLI::App& app);
void add_info(CLI::App& app);
void add_bench(CLI::App& app);
void add_selftest(CLI::App& app, int& exit_code);
void add_sweep(CLI::App& app, int& exit_code);
void add_trial(CLI::App& app, int& exit_code);
void add_sensitivity(CLI::App& app, int& exit_code);
void add_calibrate(CLI::App& app, int& exit_code);
void add_validate(CLI::App& app, int& exit_code);

/// CONFIG and --set, which several sub-commands share.
struct ConfigArguments {
  std::string path;
  std::vector<std::string> settings;

  void add_to(CLI::App& command);
  Config read() const;
};

}  // namespace neurograft::command
