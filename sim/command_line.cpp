#include "command_line.hpp"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <system_error>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/version.hpp>
#include <neurograft/io/config_check.hpp>
#include <neurograft/study/design.hpp>

#include "commands.hpp"
#include "text.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

std::string version_text() {
  const BuildInfo build = build_info();
  return fmt::format("neurograft {} (commit {}{})\nresults version {}\n{}, {}", build.version,
                     build.commit, build.dirty ? ", with uncommitted changes" : "", results_version,
                     build.compiler, build.flags);
}

/// The arguments as one line that a shell reads back.
std::string quoted_line(int argc, char** argv) {
  constexpr const char* harmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";
  std::string line;
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    if (i > 0) line += ' ';
    if (!word.empty() && word.find_first_not_of(harmless) == std::string::npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

int fail(int code, const std::string& text) {
  std::fflush(stdout);
  tell(fmt::format("{}\n", text));
  return code;
}

std::string usage_error(const CLI::App& app, int argc, char** argv, const std::string& what) {
  if (argc == 1) return app.help();
  const auto chosen = app.get_subcommands();
  if (!chosen.empty()) {
    return fmt::format("neurograft: {}; see neurograft {} --help", what,
                       chosen.front()->get_name());
  }
  if (argv[1][0] == '-') return fmt::format("neurograft: {}; see neurograft --help", what);
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  const std::string nearest = nearest_name(argv[1], names);
  return fmt::format(
      "neurograft: unknown sub-command \"{}\"; {}", argv[1],
      nearest.empty() ? "see neurograft --help" : fmt::format("did you mean \"{}\"?", nearest));
}

int parse_and_run(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return success;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help and version
    return fail(bad_input, usage_error(app, argc, argv, error.what()));
  }
}

}  // namespace

void ConfigArguments::add_to(CLI::App& command) {
  command.add_option("CONFIG", path, "the scenario, a TOML file")->required();
  command
      .add_option(
          "--set", settings,
          "change one key: graft.cells=5e6, drug.tacrolimus.stop_d=90; or all keys of a row of a "
          "table: @posterior.csv:0; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

// `@FILE.csv:ROW`, rows from 0: every column that is a key, as `sweep` takes a table.
void set_from(const std::string& text, Config& config) {
  if (text.empty() || text.front() != '@') {
    config.set_text(text);
    return;
  }
  const auto refuse = [&](std::string what, std::string why) {
    return InputError(
        Problem{"--set " + text, std::move(what), std::move(why), "write @FILE.csv:ROW"});
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 1) throw refuse("a file and its row are needed", "");
  std::size_t row = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, row);
  const bool is_number = error == std::errc() && stop == end;
  const Design design = design_of_table(text.substr(1, colon - 1));
  if (!is_number || row >= design.points.size()) {
    throw refuse("no such row",
                 fmt::format("the table has rows 0 to {}", design.points.size() - 1));
  }
  for (const std::string& one : design.points[row].settings) config.set_text(one);
}

Config ConfigArguments::read() const {
  Config config = Config::from_file(path);
  for (const std::string& setting : settings) set_from(setting, config);
  return config;
}

int run_command_line(int argc, char** argv) {
  // Writing beyond the limit of a file's size (ulimit -f) shall fail, not end the program at once.
  std::signal(SIGXFSZ, SIG_IGN);
  int exit_code = success;
  CLI::App app(
      "Agent-based simulation of transplanted neural stem cells in a voxel brain. A research tool: "
      "not for clinical decisions about any patient.",
      "neurograft");
  app.footer("Example:\n  neurograft run configs/leone2023_24m.toml -o results/24m.h5");
  app.set_version_flag("--version", version_text(), "version, commit and compiler");
  app.require_subcommand(1);
  add_run(app, exit_code, quoted_line(argc, argv));
  add_check(app);
  add_params(app);
  add_brain(app);
  add_compare(app, exit_code);
  add_report(app);
  add_export(app);
  add_info(app);
  add_bench(app);
  add_selftest(app, exit_code);
  add_sweep(app, exit_code);
  add_trial(app, exit_code);
  add_sensitivity(app, exit_code);
  add_calibrate(app, exit_code);
  add_validate(app, exit_code);
  try {
    const int parsed = parse_and_run(app, argc, argv);
    // A stopped run is to be gone on with, whether or not anybody could read that.
    if (exit_code == stopped_by_signal) return exit_code;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      return fail(io_failure, "standard output: cannot be written");
    return parsed == success ? exit_code : parsed;
  } catch (const InputError& error) {
    return fail(bad_input, error.what());
  } catch (const NumericalError& error) {
    return fail(numerical_failure, error.what());
  } catch (const IoError& error) {
    return fail(io_failure, error.what());
  } catch (const std::system_error& error) {  // of files, and of a stdout that cannot be written
    return fail(io_failure, error.what());
  } catch (const std::bad_alloc&) {
    return fail(io_failure,
                "neurograft: not enough memory; `neurograft check` says how much a run "
                "needs");
  } catch (const std::exception& error) {
    return fail(different, fmt::format("neurograft: fault of the program: {}", error.what()));
  }
}

}  // namespace neurograft::command
