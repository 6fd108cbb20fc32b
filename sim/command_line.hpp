#pragma once

namespace neurograft::command {

/// Exit codes that scripts rely on.
enum ExitCode {
  success = 0,
  different = 1,  ///< `compare` found a difference; a study has failed runs; a fault of the program
  bad_input = 2,
  numerical_failure = 3,
  io_failure = 4,
  stopped_by_signal = 75  ///< after a checkpoint: run again with --resume
};

/// Reads the arguments, does what they say and returns the exit code.
int run_command_line(int argc, char** argv);

}  // namespace neurograft::command
