#include <cstdio>
#include <memory>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/io/file_info.hpp>
#include <neurograft/io/output_file.hpp>
#include <neurograft/scenario/run.hpp>

#include "commands.hpp"
#include "progress.hpp"
#include "stop_signal.hpp"
#include "summary.hpp"
#include "text.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

struct RunArguments {
  ConfigArguments config;
  std::string output;
  std::string checkpoint;
  std::string progress = "auto";
  std::string summary = "text";
  std::optional<std::int64_t> seed;
  std::optional<double> until_d;
  std::vector<std::string> tags;
  int threads = available_threads().count;
  bool resume = false;

  std::filesystem::path output_path() const {
    if (!output.empty()) return output;
    return std::filesystem::path(config.path).stem().string() + ".h5";
  }
};

void say_how_it_began(const RunResult& result, const std::filesystem::path& output) {
  if (result.end == RunEnd::already_complete) {
    tell(fmt::format("{} is complete already: nothing to do\n", output.string()));
  } else if (result.nothing_to_resume) {
    tell("nothing to resume: started from the beginning\n");
  }
}

std::map<std::string, std::string> tags_of(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> tags;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw InputError(Problem{"--tag " + text, "no value", "", "write NAME=VALUE"});
    }
    tags[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return tags;
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
      tell(fmt::format("replaces the complete results in {}\n", output.string()));
    }
    report.update(progress);
  };
  options.command_line = command_line;
  options.until_d = arguments.until_d;
  options.tags = tags_of(arguments.tags);
  options.stop = &catch_stop_signals();

  RunResult result;
  try {
    result = run(config, options);
  } catch (...) {
    report.end();
    throw;
  }
  report.end();
  say_how_it_began(result, output);
  std::string summary = json_summary(result, output) + '\n';
  if (arguments.summary != "json") {
    summary = text_summary(result, output);
    if (const std::string costs = cost_table(result); !costs.empty()) summary += '\n' + costs;
  }
  std::fputs(summary.c_str(), stdout);  // whether it was written is looked at in the end
  if (result.end == RunEnd::staying) {
    tell(
        fmt::format("stays at day {:g}; to go on, repeat the command with --resume and without "
                    "--until, or branch off with --from {}\n",
                    *arguments.until_d, OutputFile::checkpoint_path(output).string()));
  }
  if (result.end != RunEnd::stopped) return success;
  const std::string day = report.last() ? fmt::format(" at day {:.1f}", report.last()->day) : "";
  tell(
      fmt::format("stopped by a signal{}, checkpoint written; to go on, repeat the command with "
                  "--resume\n",
                  day));
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
  command
      ->add_option("--from", arguments->checkpoint,
                   "go on from this checkpoint of another run, under this config: a branch; what "
                   "lies before its day must be the same")
      ->type_name("CKPT")
      ->excludes(resume);
  command
      ->add_option("--until", arguments->until_d,
                   "stay at this day, with a checkpoint to go on or branch off from")
      ->type_name("DAY");
  command
      ->add_option("--tag", arguments->tags,
                   "note NAME=VALUE in the results' /provenance; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
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
