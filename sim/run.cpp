#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include <neurograft/io/file_info.hpp>
#include <neurograft/io/output_file.hpp>
#include <neurograft/scenario/run.hpp>

#include "commands.hpp"
#include "progress.hpp"
#include "summary.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

std::atomic<bool> stop_asked{false};  // a signal handler reaches nothing else
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void ask_to_stop(int) {
  stop_asked.store(true);
}

/// SIGTERM and SIGUSR1 (batch systems, before the time is up) and SIGINT stop at the next step,
/// after a checkpoint. A second SIGINT ends the program at once: the results file is whole at all
/// times.
void catch_signals() {
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

struct RunArguments {
  ConfigArguments config;
  std::string output;
  std::string checkpoint;
  std::string progress = "auto";
  std::string summary = "text";
  std::optional<std::int64_t> seed;
  int threads = available_threads().count;
  bool resume = false;

  std::filesystem::path output_path() const {
    if (!output.empty()) return output;
    return std::filesystem::path(config.path).stem().string() + ".h5";
  }
};

void say_how_it_began(const RunResult& result, const std::filesystem::path& output) {
  if (result.end == RunEnd::already_complete) {
    fmt::print(stderr, "{} is complete already: nothing to do\n", output.string());
  } else if (result.nothing_to_resume) {
    fmt::print(stderr, "nothing to resume: started from the beginning\n");
  }
}

int execute(const RunArguments& arguments, const std::string& command_line) {
  Config config = arguments.config.read();
  if (arguments.seed) config.set_text(fmt::format("simulation.seed={}", *arguments.seed));
  const std::filesystem::path output = arguments.output_path();
  ProgressReport report(progress_style(arguments.progress));

  RunOptions options;
  options.output = output;
  options.threads = Threads{arguments.threads};
  options.resume = arguments.resume;
  options.from_checkpoint = arguments.checkpoint;
  bool replaces =
      !options.resume && is_results_file(output) && OutputFile::look(output) == Resumable::complete;
  options.progress = [&](const Progress& progress) {
    if (std::exchange(replaces, false)) {
      fmt::print(stderr, "replaces the complete results in {}\n", output.string());
    }
    report.update(progress);
  };
  options.stop = &stop_asked;
  options.command_line = command_line;
  catch_signals();

  RunResult result;
  try {
    result = run(config, options);
  } catch (...) {
    report.end();
    throw;
  }
  report.end();
  say_how_it_began(result, output);
  if (arguments.summary == "json") {
    fmt::print("{}\n", json_summary(result, output));
  } else {
    fmt::print("{}", text_summary(result, output));
    const std::string costs = cost_table(result);
    if (!costs.empty()) fmt::print("\n{}", costs);
  }
  if (result.end != RunEnd::stopped) return success;
  const std::string day = report.last() ? fmt::format(" at day {:.1f}", report.last()->day) : "";
  fmt::print(stderr,
             "stopped by a signal{}, checkpoint written; to go on, repeat the command with "
             "--resume\n",
             day);
  return stopped_by_signal;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code, std::string command_line) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Run one simulation");
  arguments->config.add_to(*command);
  command
      ->add_option("-o,--output", arguments->output,
                   "results file (default: the config's name with .h5, in this folder)")
      ->type_name("OUT.h5");
  command->add_option("--seed", arguments->seed, "the same as --set simulation.seed=N")
      ->type_name("N");
  command
      ->add_option("--threads", arguments->threads,
                   "threads (default: all); any number gives the same results")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  CLI::Option* resume =
      command->add_flag("--resume", arguments->resume, "go on from the last checkpoint of OUT.h5");
  command->add_option("--from", arguments->checkpoint, "go on from this checkpoint")
      ->type_name("CKPT")
      ->excludes(resume);
  command
      ->add_option("--progress", arguments->progress,
                   "on stderr: auto (a bar on a terminal, else a line now and then), bar, json, "
                   "none; default auto")
      ->type_name("STYLE")
      ->check(CLI::IsMember({"auto", "bar", "json", "none"}));
  command
      ->add_option("--summary", arguments->summary,
                   "on stdout: text, or json: one line with the final readouts")
      ->type_name("FORM")
      ->check(CLI::IsMember({"text", "json"}));
  command->footer(
      "Exit: 0 done, 2 bad input, 3 numerical failure, 4 reading or writing failed, 75 stopped by "
      "a\n"
      "signal after a checkpoint.\n"
      "Example:\n  neurograft run configs/leone2023_24m.toml -o results/5m.h5 --set "
      "graft.cells=5e6");
  command->callback([arguments, &exit_code, line = std::move(command_line)] {
    exit_code = execute(*arguments, line);
  });
}

}  // namespace neurograft::command
