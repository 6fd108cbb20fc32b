#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/core/parallel.hpp>
#include <neurograft/core/processor.hpp>
#include <neurograft/io/child_process.hpp>
#include <neurograft/study/local_runner.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr int stopped_by_signal = 75;
constexpr int terminated = 128 + 15;
constexpr double look_every_s = 0.2;  // for a stop that is asked, and for the progress

using SteadyClock = std::chrono::steady_clock;

}  // namespace

// Branches go with their parents, whose number is that of the group.
std::vector<const PlannedRun*> runs_of(const Plan& plan, const Shard& shard) {
  std::map<std::string, std::size_t> groups;
  std::vector<const PlannedRun*> found;
  std::set<std::string_view> seen;
  std::size_t next = 0;
  for (const PlannedRun& run : plan.runs) {
    if (!seen.insert(run.key).second) continue;
    const bool follows = !run.parent.empty();
    const std::size_t group = follows ? groups.at(run.parent) : next++;
    if (run.until_d) groups[run.key] = group;
    if (group % shard.count == shard.index) found.push_back(&run);
  }
  return found;
}

namespace {

std::vector<std::string> command_of(const Plan& plan, const RunStore& store, const PlannedRun& run,
                                    RunState state, const LocalOptions& options) {
  std::vector<std::string> words{"neurograft", "run", plan.base.string()};
  for (const std::string& one : run.settings) words.insert(words.end(), {"--set", one});
  words.insert(words.end(), {"--seed", std::to_string(run.seed), "--threads",
                             std::to_string(options.threads.count), "-o",
                             store.results(run).string(), "--progress", "none"});
  for (const auto& [name, value] : {std::pair{"study_point", std::to_string(run.point)},
                                    {"study_replicate", std::to_string(run.replicate)},
                                    {"study_run", run.key}}) {
    words.insert(words.end(), {"--tag", fmt::format("{}={}", name, value)});
  }
  if (run.until_d) words.insert(words.end(), {"--until", fmt::format("{}", *run.until_d)});
  if (run.parent.empty() || state == RunState::stopped) {
    words.emplace_back("--resume");
  } else {
    words.insert(words.end(), {"--from", store.checkpoint(plan.run(run.parent)).string()});
  }
  return words;
}

// The state of one call of `run_locally`.
class Work {
 public:
  Work(const Plan& plan, const RunStore& store, const LocalOptions& options)
      : plan_(plan), store_(store), options_(options) {
    for (const PlannedRun* run : runs_of(plan, options.shard)) {
      const RunState state = store.state(*run);
      ++progress_.runs;
      if (state == RunState::done) {
        ++progress_.done;
        done_.insert(run->key);
      } else if (state == RunState::failed) {
        ++progress_.failed;
        failed_.insert(run->key);
      } else {
        waiting_.push_back(run);
      }
    }
    jobs_ = std::max<std::size_t>(1, options.jobs);
  }

  // Whatever goes wrong here, the runs that are under way write their checkpoints first.
  LocalResult go() {
    try {
      return work();
    } catch (...) {
      while (!children_.empty()) {
        ask_all();
        ChildProcess::wait_for_any(children_, look_every_s);
        std::erase_if(children_, [](ChildProcess& child) { return child.exit_code().has_value(); });
      }
      throw;
    }
  }

 private:
  LocalResult work() {
    while (true) {
      const bool stop = options_.stop != nullptr && options_.stop->load();
      if (!stop) start_more();
      if (active_.empty() && !stop && take_back()) continue;
      if (active_.empty()) {
        tell();
        return {progress_, elsewhere_.size(), stop};
      }
      if (stop) ask_all();
      ChildProcess::wait_for_any(children_, look_every_s);
      gather();
      tell();
    }
  }

  struct Active {
    const PlannedRun* run;
    std::unique_ptr<FileLock> claim;
  };

  // A branch waits for its parent, and never begins if that failed.
  bool may_start(const PlannedRun& run) const {
    return run.parent.empty() || done_.contains(run.parent);
  }

  void start_more() {
    for (std::size_t n = 0; n < waiting_.size() && active_.size() < jobs_;) {
      if (failed_.contains(waiting_[n]->parent)) {
        ++progress_.failed;
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(n));
        continue;
      }
      if (!may_start(*waiting_[n])) {
        ++n;
        continue;
      }
      const PlannedRun& run = *waiting_[n];
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(n));
      start(run);
    }
  }

  // Runs that another program was at: it may have done them since, or been stopped on the way.
  bool take_back() {
    const std::vector<const PlannedRun*> looked_at = std::move(elsewhere_);
    elsewhere_.clear();
    for (const PlannedRun* run : looked_at) {
      (store_.state(*run) == RunState::running ? elsewhere_ : waiting_).push_back(run);
    }
    return elsewhere_.size() < looked_at.size();
  }

  void start(const PlannedRun& run) {
    std::optional<FileLock> claim = store_.claim(run);
    if (!claim) {
      elsewhere_.push_back(&run);
      return;
    }
    const RunState state = store_.state(run, true);  // another program may have done it meanwhile
    if (state == RunState::done) {
      ++progress_.done;
      done_.insert(run.key);
      return;
    }
    if (state == RunState::failed) {
      ++progress_.failed;
      failed_.insert(run.key);
      return;
    }
    if (state == RunState::missing) store_.clear(run);
    require_same_base(plan_);
    children_.emplace_back(
        ChildCommand{.arguments = command_of(plan_, store_, run, state, options_),
                     .messages = store_.messages(run),
                     .environment = {{"GOMP_SPINCOUNT", "10000"}},
                     .program = options_.program,
                     .inherited = claim->descriptor()});
    active_.push_back({&run, std::make_unique<FileLock>(*std::move(claim))});
  }

  void ask_all() {
    asked_ = true;
    for (const ChildProcess& child : children_) child.ask_to_stop();
  }

  void gather() {
    for (std::size_t n = 0; n < children_.size();) {
      const std::optional<int> code = children_[n].exit_code();
      if (!code) {
        ++n;
        continue;
      }
      ended(*active_[n].run, *code);
      children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(n));
      active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(n));
    }
  }

  void ended(const PlannedRun& run, int code) {
    if (code == 0) {
      ++progress_.done;
      ++ended_;
      done_.insert(run.key);
      return;
    }
    if (code == stopped_by_signal || code == terminated) {
      // Asked by someone else, perhaps before it could write anything: it goes on from where it
      // was.
      if (!asked_) waiting_.push_back(&run);
      return;
    }
    if (asked_) return;  // ended by the stop before it could write anything
    store_.record_failure(run, code);
    failed_.insert(run.key);
    ++progress_.failed;
    ++ended_;
    if (options_.failed) options_.failed(run, *store_.failure(run));
  }

  void tell() {
    progress_.running = active_.size();
    progress_.elapsed_s = std::chrono::duration<double>(SteadyClock::now() - began_).count();
    const auto left = static_cast<double>(waiting_.size() + active_.size());
    progress_.remaining_s = ended_ == 0 ? std::numeric_limits<double>::infinity()
                                        : progress_.elapsed_s / static_cast<double>(ended_) * left;
    if (options_.progress) options_.progress(progress_);
  }

  const Plan& plan_;
  const RunStore& store_;
  const LocalOptions& options_;
  std::size_t jobs_ = 1;
  std::vector<const PlannedRun*> waiting_;
  std::set<std::string> done_;    ///< keys
  std::set<std::string> failed_;  ///< likewise
  std::vector<Active> active_;
  std::vector<ChildProcess> children_;  ///< of `active_`, in the same order
  StudyProgress progress_;
  std::vector<const PlannedRun*> elsewhere_;
  std::size_t ended_ = 0;
  bool asked_ = false;
  SteadyClock::time_point began_ = SteadyClock::now();
};

}  // namespace

std::size_t jobs_for(double memory_bytes_per_run) {
  const auto processors = static_cast<double>(available_threads().count);
  const double memory = 0.9 * static_cast<double>(available_memory_bytes());
  if (!(memory > 0.0) || !(memory_bytes_per_run > 0.0)) return static_cast<std::size_t>(processors);
  return static_cast<std::size_t>(
      std::max(1.0, std::min(processors, memory / memory_bytes_per_run)));
}

LocalResult run_locally(const Plan& plan, const RunStore& store, const LocalOptions& options) {
  return Work(plan, store, options).go();
}

}  // namespace neurograft
