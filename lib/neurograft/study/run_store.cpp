#include <cmath>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/io/config_toml.hpp>
#include <neurograft/io/output_file.hpp>
#include <neurograft/study/run_store.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \r\n");
  if (end == std::string::npos) return {};
  const std::size_t begin = text.find_last_of('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? std::size_t(-1) : begin));
}

std::string signal_text(int number) {
  constexpr int kill = 9;
  constexpr int segmentation_fault = 11;
  if (number == kill) return "killed from outside; most often the machine was out of memory";
  if (number == segmentation_fault) return "ended by a fault of the program (segmentation fault)";
  return fmt::format("ended by signal {}", number);
}

// As TOML, which holds UTF-8 alone: a program that fails may have said anything.
std::string failure_text(int exit_code, std::string message, const std::string& name) {
  const auto text = [&] {
    return fmt::format("exit_code = {}\nmessage = {}\n", exit_code, to_string(Value(message)));
  };
  try {
    toml_text::parse(text(), name);
  } catch (const InputError&) {
    for (char& c : message) {
      if (static_cast<unsigned char>(c) > 0x7e) c = '?';
    }
  }
  return text();
}

fs::path failure_file(const RunStore& store, const PlannedRun& run) {
  return store.run_folder(run) / "failure.toml";
}

// Of a run that did not fail, but of which a file cannot be read.
std::optional<Failure> unreadable(const RunStore& store, const PlannedRun& run) {
  try {
    OutputFile::look(store.results(run));
    if (fs::exists(store.checkpoint(run))) checkpoint_day(store.checkpoint(run));
    return std::nullopt;
  } catch (const IoError& error) {
    constexpr int io_failure = 4;
    return Failure{io_failure, error.what()};
  }
}

}  // namespace

fs::path RunStore::checkpoint(const PlannedRun& run) const {
  return OutputFile::checkpoint_path(results(run));
}

fs::path RunStore::messages(const PlannedRun& run) const {
  return run_folder(run) / "messages.txt";
}

RunState RunStore::state(const PlannedRun& run, bool claimed) const try {
  const fs::path folder = run_folder(run);
  if (!fs::exists(folder)) return RunState::missing;
  // Results are complete only once they are whole, however late the lock is given back.
  if (!run.until_d && OutputFile::look(results(run)) == Resumable::complete) return RunState::done;
  if (!claimed && FileLock::is_held(folder / "lock")) return RunState::running;
  if (fs::exists(failure_file(*this, run))) return RunState::failed;
  if (!fs::exists(checkpoint(run)) || !fs::exists(results(run))) return RunState::missing;
  constexpr double same_day = 1e-6;
  const bool stays =
      run.until_d && std::abs(checkpoint_day(checkpoint(run)) - *run.until_d) < same_day;
  return stays ? RunState::done : RunState::stopped;
} catch (const IoError&) {
  return RunState::failed;  // a file of it cannot be read: `failure` says which
}

std::optional<FileLock> RunStore::claim(const PlannedRun& run) const {
  make_folder(run_folder(run));
  return FileLock::try_take(run_folder(run) / "lock");
}

void RunStore::record_failure(const PlannedRun& run, int exit_code) const {
  constexpr int first_signal = 129;
  constexpr int not_started = 127;
  std::string message = last_line(text_of(messages(run)));
  if (exit_code >= first_signal) message = signal_text(exit_code - first_signal + 1);
  if (exit_code == not_started) message = "the program could not be started";
  const fs::path file = failure_file(*this, run);
  write_text_durably(file, failure_text(exit_code, std::move(message), file.string()));
}

std::optional<Failure> RunStore::failure(const PlannedRun& run) const {
  const fs::path file = failure_file(*this, run);
  if (!fs::exists(file)) return unreadable(*this, run);
  const ConfigTable table = toml_text::parse(text_of(file), file.string());
  Failure failure;
  const ConfigValue* code = table.find("exit_code");
  const ConfigValue* message = table.find("message");
  if (code != nullptr && code->value) {
    failure.exit_code = static_cast<int>(std::get<std::int64_t>(*code->value));
  }
  if (message != nullptr && message->value) {
    failure.message = std::get<std::string>(*message->value);
  }
  return failure;
}

void RunStore::clear(const PlannedRun& run) const {
  for (const fs::path& file : {results(run), checkpoint(run), OutputFile::part_path(results(run)),
                               failure_file(*this, run), messages(run)}) {
    std::error_code ignored;
    fs::remove(file, ignored);
  }
}

StateCounts count_states(const RunStore& store, const Plan& plan) {
  StateCounts counts;
  std::set<std::string_view> seen;
  std::set<std::string_view> failed;
  for (const PlannedRun& run : plan.runs) {
    if (!seen.insert(run.key).second) continue;
    if (!run.parent.empty() && failed.contains(run.parent)) {
      ++counts.failed;  // it will never begin
      continue;
    }
    const RunState state = store.state(run);
    if (state == RunState::failed) failed.insert(run.key);
    switch (state) {
      case RunState::missing:
        ++counts.missing;
        break;
      case RunState::stopped:
        ++counts.stopped;
        break;
      case RunState::running:
        ++counts.running;
        break;
      case RunState::failed:
        ++counts.failed;
        break;
      case RunState::done:
        ++counts.done;
        break;
    }
  }
  return counts;
}

}  // namespace neurograft
