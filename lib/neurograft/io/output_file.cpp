#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/io/agent_recorder.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/event_recorder.hpp>
#include <neurograft/io/field_recorder.hpp>
#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/io/output_file.hpp>
#include <neurograft/io/provenance_file.hpp>
#include <neurograft/io/record_store.hpp>
#include <neurograft/io/series_recorder.hpp>

namespace neurograft {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) {
  path += suffix;
  return path;
}

// What is being published, until it is whole.
std::filesystem::path new_path(const std::filesystem::path& path) {
  return with_suffix(path, ".new");
}

void remove_quietly(const std::filesystem::path& path) noexcept {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

// What a run that was killed while it published or wrote a checkpoint had begun; either may be
// large.
void remove_left(const std::filesystem::path& path) noexcept {
  remove_quietly(new_path(path));
  remove_quietly(new_path(OutputFile::checkpoint_path(path)));
}

bool is_complete(const Hdf5File& file) {
  const auto value = file.attribute("/", "complete");
  return value && *value == Attribute{std::int64_t{1}};
}

std::vector<std::string> digests_of(const std::vector<InputFile>& inputs) {
  std::vector<std::string> digests;
  for (const InputFile& input : inputs) digests.push_back(input.sha256);
  return digests;
}

}  // namespace

struct OutputFile::Parts {
  std::filesystem::path path;
  OutputOptions options;
  RunIdentity run;
  FileLock lock;
  std::optional<RecordStore> store{};
  std::optional<CheckpointHeader> resumed{};
  SavePolicy policy;
  double began_s;
  double wall_before_s = 0.0;
  CheckpointCost checkpoint_cost{};
  bool has_published = false;
  bool finished = false;

  Parts(const std::filesystem::path& output, OutputOptions what, const Provenance& provenance)
      : path(output),
        options(std::move(what)),
        run{provenance.config_sha256, provenance.seed, results_version, provenance.config_resolved,
            digests_of(provenance.inputs)},
        lock(part_path(output)),
        policy(now_s(), options.checkpoint_every_min * 60.0),
        began_s(now_s()) {
    remove_left(path);
  }

  // Once its part file is removed another run may begin one of the same name, which is not ours to
  // publish.
  void require_own_part() const {
    if (lock.is_at(part_path(path))) return;
    throw IoError(Problem{part_path(path).string(), "is gone or is another file",
                          "it was removed while this run wrote it",
                          "what was published and saved before is as it was"});
  }

  double wall_s() const { return wall_before_s + now_s() - began_s; }
};

OutputFile::OutputFile(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
OutputFile::OutputFile(OutputFile&&) noexcept = default;

OutputFile::~OutputFile() {
  if (!parts_ || parts_->finished) return;
  parts_->store.reset();
  const std::filesystem::path part = part_path(parts_->path);
  if (parts_->lock.is_at(part)) remove_quietly(part);
}

std::filesystem::path OutputFile::part_path(const std::filesystem::path& path) {
  return with_suffix(path, ".part");
}

std::filesystem::path OutputFile::checkpoint_path(const std::filesystem::path& path) {
  return with_suffix(path, ".ckpt");
}

OutputFile OutputFile::create(const std::filesystem::path& path, OutputOptions options,
                              const Provenance& provenance) {
  OutputFile output(std::make_unique<Parts>(path, std::move(options), provenance));
  Parts& parts = *output.parts_;
  parts.store.emplace(part_path(path));
  write_provenance(parts.store->file(), provenance);
  return output;
}

OutputFile OutputFile::resume(const std::filesystem::path& path, OutputOptions options,
                              const Provenance& provenance) {
  OutputFile output(std::make_unique<Parts>(path, std::move(options), provenance));
  Parts& parts = *output.parts_;
  parts.resumed = read_checkpoint_header(checkpoint_path(path));
  require_same_run(checkpoint_path(path), *parts.resumed, parts.run);
  copy_synced(path, part_path(path));
  parts.store.emplace(part_path(path), parts.resumed->output);
  parts.wall_before_s = recorded_wall_s(parts.store->file());
  write_resume(parts.store->file(), provenance, parts.resumed->day);
  return output;
}

void OutputFile::require_result_of(const std::filesystem::path& path,
                                   const Provenance& provenance) {
  const Hdf5File file(path, Hdf5File::Mode::read);
  const auto same = [&](const char* group, const char* name, const Attribute& expected) {
    const auto found = file.attribute(group, name);
    return found && *found == expected;
  };
  std::string other;
  if (!same("/provenance", "config_sha256", provenance.config_sha256)) other = "configuration";
  if (!same("/", "results_version", std::int64_t{results_version})) other = "release";
  if (other.empty()) return;
  throw InputError(Problem{path.string(), "is the complete result of another " + other,
                           "it would be taken for that of this run",
                           "remove it, or name another output"});
}

void OutputFile::tidy(const std::filesystem::path& path) {
  try {
    const std::optional<FileLock> lock = FileLock::try_take(part_path(path));
    if (!lock || look(path) != Resumable::complete) return;
    remove_left(path);
    remove_quietly(checkpoint_path(path));
    remove_quietly(part_path(path));
  } catch (const IoError&) {  // as in a folder that may only be read: what is there does no harm
  }
}

Resumable OutputFile::look(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return Resumable::nothing;
  if (is_complete(Hdf5File(path, Hdf5File::Mode::read))) return Resumable::complete;
  return std::filesystem::exists(checkpoint_path(path)) ? Resumable::yes : Resumable::nothing;
}

std::vector<std::unique_ptr<Recorder>> OutputFile::recorders() {
  RecordStore& store = *parts_->store;
  const OutputOptions& options = parts_->options;
  std::vector<std::unique_ptr<Recorder>> result;
  result.push_back(std::make_unique<SeriesRecorder>(store, options.series));
  result.push_back(std::make_unique<FieldRecorder>(store, options.fields, options.field_frames));
  if (options.agents) {
    result.push_back(std::make_unique<AgentRecorder>(store, options.agent_frames));
  }
  result.push_back(std::make_unique<EventRecorder>(store));
  return result;
}

void OutputFile::restore(Simulation& simulation) {
  if (!parts_->resumed) throw Error("there is nothing to restore: the output was made anew");
  simulation.bind();
  read_checkpoint(checkpoint_path(parts_->path), simulation.world());
  simulation.resume_here();
}

void OutputFile::after_tick(const Simulation& simulation) {
  const double now = now_s();
  if (parts_->policy.checkpoint_due(now)) {
    save(simulation);
  } else if (parts_->policy.publish_due(now)) {
    simulation.require_sound();
    publish();
  }
}

void OutputFile::publish() {
  const double began = now_s();
  RecordStore& store = *parts_->store;
  write_end(store.file(), parts_->wall_s());
  store.close();
  const std::filesystem::path copy = new_path(parts_->path);
  try {
    copy_synced(part_path(parts_->path), copy);
    parts_->require_own_part();
    // A checkpoint of the run whose output is about to be replaced must not outlive it.
    if (!parts_->resumed && !parts_->has_published) remove_quietly(checkpoint_path(parts_->path));
    rename_synced(copy, parts_->path);
  } catch (...) {
    remove_quietly(copy);
    if (parts_->lock.is_at(part_path(parts_->path))) store.reopen();
    throw;
  }
  parts_->require_own_part();
  store.reopen();
  parts_->has_published = true;
  parts_->policy.published(began, now_s());
}

void OutputFile::save(const Simulation& simulation) {
  simulation.require_sound();
  publish();
  const double began = now_s();
  const std::filesystem::path path = checkpoint_path(parts_->path);
  write_checkpoint(path, simulation.world(), parts_->run, parts_->store->lengths());
  CheckpointCost& cost = parts_->checkpoint_cost;
  ++cost.count;
  std::error_code gone;  // it may have been taken away at once
  const std::uintmax_t bytes = std::filesystem::file_size(path, gone);
  cost.last_bytes = gone ? 0 : static_cast<std::size_t>(bytes);
  cost.last_s = now_s() - began;
  parts_->policy.checkpointed(now_s());
}

const CheckpointCost& OutputFile::checkpoint_cost() const noexcept {
  return parts_->checkpoint_cost;
}

void OutputFile::finish(const Simulation& simulation) {
  simulation.require_sound();
  RecordStore& store = *parts_->store;
  write_costs(store.file(), simulation.costs());
  write_end(store.file(), parts_->wall_s());
  store.flush();
  store.file().set_attribute("/", "complete", std::int64_t{1});
  store.close();
  parts_->require_own_part();
  sync_file(part_path(parts_->path));
  rename_synced(part_path(parts_->path), parts_->path);
  parts_->finished = true;
  remove_quietly(checkpoint_path(parts_->path));
}

}  // namespace neurograft
