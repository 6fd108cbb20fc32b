#include <algorithm>
#include <optional>
#include <span>
#include <sstream>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/io/checkpoint.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/world/soundness.hpp>

namespace neurograft {
namespace {

const std::string format_name = "neurograft checkpoint 2";

/// The groups of named arrays, in a fixed order; maps are rebuilt, not stored.
template <class WorldType, class Visit>
void for_each_group(WorldType& world, Visit&& visit) {
  visit(std::string("tissue"), world.tissue());
  visit(std::string("fields"), world.fields());
  visit(std::string("compartments"), world.compartments());
}

// Names may hold any character, so arrays are stored by number, their names in a list.
std::string numbered(const std::string& group, std::size_t index) {
  return "/" + group + "/" + std::to_string(index);
}

void write_arrays(Hdf5File& file, const std::string& group, const NamedArrays& arrays) {
  std::vector<std::string> names;
  for (const auto& entry : arrays.entries()) {
    file.write_all(numbered(group, names.size()), std::span<const double>(entry.values));
    names.push_back(entry.name);
  }
  file.write_all_text("/names/" + group, names);
}

void write_agents(Hdf5File& file, const Agents& agents) {
  std::vector<std::string> names;
  agents.for_each_column([&]<class T>(std::string_view name, const std::vector<T>& values) {
    file.write_all(numbered("agents", names.size()), std::span<const T>(values));
    names.emplace_back(name);
  });
  file.write_all_text("/names/agents", names);
}

void write_hazards(Hdf5File& file, const Hazards& hazards) {
  std::vector<std::string> names;
  for (const Hazards::Cause& cause : hazards.causes()) {
    const std::string path = numbered("hazards", names.size());
    file.write_all(path + "/by_state", std::span<const double>(cause.by_state));
    file.write_all(path + "/by_voxel", std::span<const double>(cause.by_voxel));
    file.set_attribute(path, "taken", cause.taken);
    file.set_attribute(path, "becomes", static_cast<std::int64_t>(cause.becomes));
    file.set_attribute(path, "susceptibility", static_cast<std::int64_t>(cause.susceptibility));
    names.push_back(cause.name);
  }
  file.write_all_text("/names/hazards", names);
}

void write_events(Hdf5File& file, const std::vector<LoggedEvent>& events) {
  std::vector<double> day, amount;
  std::vector<std::string> kind, what, unit;
  for (const LoggedEvent& event : events) {
    day.push_back(event.day);
    amount.push_back(event.amount);
    kind.push_back(event.kind);
    what.push_back(event.what);
    unit.push_back(event.unit);
  }
  file.write_all("/events/day", std::span<const double>(day));
  file.write_all("/events/amount", std::span<const double>(amount));
  file.write_all_text("/events/kind", kind);
  file.write_all_text("/events/what", what);
  file.write_all_text("/events/unit", unit);
}

void write_header(Hdf5File& file, const World& world, const RunIdentity& run,
                  const std::vector<DatasetLength>& output) {
  file.set_attribute("/", "format", format_name);
  file.set_attribute("/", "config_sha256", run.config_sha256);
  file.set_attribute("/", "seed", run.seed);
  file.set_attribute("/", "results_version", run.results_version);
  file.write_one_text("/run/config", run.config);
  file.write_all_text("/run/input_sha256", run.input_sha256);
  file.set_attribute("/", "tick", std::int64_t{world.tick()});
  file.set_attribute("/", "day", world.day());
  file.set_attribute("/", "next_id", std::uint64_t{world.next_id()});
  file.set_attribute("/", "last_graft_tick", std::int64_t{world.last_graft()});
  file.set_attribute("/", "start_d", world.clock().start_d);
  file.set_attribute("/", "step_h", world.clock().step_h);
  std::vector<std::string> names;
  std::vector<std::uint64_t> rows;
  for (const DatasetLength& length : output) {
    names.push_back(length.dataset);
    rows.push_back(length.rows);
  }
  file.write_all_text("/output/dataset", names);
  file.write_all("/output/rows", std::span<const std::uint64_t>(rows));
}

[[noreturn]] void refuse_as_damaged(const Hdf5File& file, const std::string& what) {
  throw IoError({file.path().string(), what, "not a whole checkpoint", "start afresh"});
}

/// Everything is a list that the file itself holds, so that no more memory is taken than it is
/// long.
void require_stored_lists(const Hdf5File& file, const std::string& group, int levels) {
  if (levels == 0) refuse_as_damaged(file, group + " is a group within too many others");
  for (const std::string& name : file.children(group)) {
    const std::string path = (group == "/" ? "" : group) + "/" + name;
    if (file.is_group(path)) {
      require_stored_lists(file, path, levels - 1);
    } else if (!file.is_stored_list(path)) {
      refuse_as_damaged(file, path + " is no list of values");
    }
  }
}

Hdf5File open_checkpoint(const std::filesystem::path& path) {
  Hdf5File file(path, Hdf5File::Mode::read);
  if (file.text_attribute("/", "format") != format_name) {
    throw IoError({path.string(), "is not a checkpoint of this release", "", ""});
  }
  constexpr int levels = 3;
  require_stored_lists(file, "/", levels);
  return file;
}

/// Where a checkpoint has what is here under a number; none: it has it not.
using Places = std::vector<std::optional<std::size_t>>;

template <class T>
T header_value(const Hdf5File& file, const std::string& object, const std::string& name) {
  const std::optional<Attribute> value = file.attribute(object, name);
  if (!value || !std::holds_alternative<T>(*value)) {
    refuse_as_damaged(file, object + " has no attribute " + name);
  }
  return std::get<T>(*value);
}

/// A list that must be as long as another.
template <class List>
List of_length(const Hdf5File& file, const std::string& path, std::size_t length, List list) {
  if (list.size() != length) refuse_as_damaged(file, path + " is too short or too long");
  return list;
}

CheckpointHeader read_header(const Hdf5File& file) {
  CheckpointHeader header;
  header.run.config_sha256 = header_value<std::string>(file, "/", "config_sha256");
  header.run.seed = header_value<std::uint64_t>(file, "/", "seed");
  header.run.results_version = header_value<std::int64_t>(file, "/", "results_version");
  header.run.config = of_length(file, "/run/config", 1, file.read_all_text("/run/config")).front();
  header.run.input_sha256 = file.read_all_text("/run/input_sha256");
  header.tick = header_value<std::int64_t>(file, "/", "tick");
  header.day = header_value<double>(file, "/", "day");
  const auto names = file.read_all_text("/output/dataset");
  const auto rows =
      of_length(file, "/output/rows", names.size(), file.read_all<std::uint64_t>("/output/rows"));
  for (std::size_t i = 0; i < names.size(); ++i) header.output.push_back({names[i], rows[i]});
  return header;
}

/// Collects what differs between a checkpoint and the world that is to take it.
class Comparison {
 public:
  Comparison(const Hdf5File& file, Adoption adoption) : file_(file), adoption_(adoption) {}

  bool is_branch() const noexcept { return adoption_ == Adoption::branch; }

  void expect(bool same, const std::string& what) {
    if (same) return;
    problems_.push_back({file_.path().string(), what,
                         is_branch() ? "a branch has all that its parent has"
                                     : "the checkpoint is of another simulation",
                         is_branch() ? "" : "start afresh"});
  }

  /// For each name of a group the number under which the checkpoint has it. Of a branch some may
  /// have none; else the first that differs is noted, and all are none.
  Places places(const std::string& group, const std::vector<std::string>& names) {
    const std::vector<std::string> found = file_.read_all_text("/names/" + group);
    Places result(names.size());
    if (is_branch()) {
      for (std::size_t i = 0; i < found.size(); ++i) {
        const auto here = std::ranges::find(names, found[i]);
        expect(here != names.end(), group + " has no \"" + found[i] + "\" here");
        if (here != names.end()) result[static_cast<std::size_t>(here - names.begin())] = i;
      }
      return result;
    }
    for (std::size_t i = 0; i < std::max(found.size(), names.size()); ++i) {
      if (i < found.size() && i < names.size() && found[i] == names[i]) continue;
      const auto quoted = [i](const std::vector<std::string>& list) {
        return i < list.size() ? "\"" + list[i] + "\"" : "nothing";
      };
      expect(false,
             group + " " + std::to_string(i) + " is " + quoted(found) + ", not " + quoted(names));
      return result;
    }
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = i;
    return result;
  }

  void finish() {
    if (!problems_.empty()) throw InputError(std::move(problems_));
  }

 private:
  const Hdf5File& file_;
  Adoption adoption_;
  std::vector<Problem> problems_;
};

std::vector<std::string> names_of(const NamedArrays& arrays) {
  std::vector<std::string> names;
  for (const auto& entry : arrays.entries()) names.push_back(entry.name);
  return names;
}

std::vector<std::string> names_of(const Agents& agents) {
  std::vector<std::string> names;
  agents.for_each_column([&](std::string_view name, const auto&) { names.emplace_back(name); });
  return names;
}

std::vector<std::string> names_of(const Hazards& hazards) {
  std::vector<std::string> names;
  for (const auto& cause : hazards.causes()) names.push_back(cause.name);
  return names;
}

void compare_arrays(const Hdf5File& file, const std::string& group, const NamedArrays& arrays,
                    const Places& places, Comparison& comparison) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i]) continue;
    const std::uint64_t stored = file.rows(numbered(group, *places[i]));
    const std::size_t here = arrays.entries()[i].values.size();
    comparison.expect(stored == here || (comparison.is_branch() && stored < here),
                      group + " \"" + arrays.entries()[i].name + "\" has " +
                          std::to_string(stored) + " values, not " + std::to_string(here));
  }
}

void compare_agents(const Hdf5File& file, const Agents& agents, const Places& places,
                    Comparison& comparison) {
  const std::uint64_t slots = file.rows("/agents/0");
  std::size_t column = 0;
  agents.for_each_column([&]<class T>(std::string_view name, const std::vector<T>&) {
    const auto place = places[column++];
    if (!place) return;
    const std::string path = numbered("agents", *place);
    comparison.expect(file.type(path) == element_type<T>(),
                      "agent column \"" + std::string(name) + "\" is of another type");
    if (file.rows(path) != slots) refuse_as_damaged(file, path + " is too short or too long");
  });
}

void compare_hazards(const Hdf5File& file, const World& world, const Places& places,
                     Comparison& comparison) {
  const auto& causes = world.hazards().causes();
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i]) continue;
    const std::string path = numbered("hazards", *places[i]);
    const std::uint64_t voxels = file.rows(path + "/by_voxel");
    comparison.expect(header_value<std::int64_t>(file, path, "becomes") ==
                              static_cast<std::int64_t>(causes[i].becomes) &&
                          header_value<std::int64_t>(file, path, "susceptibility") ==
                              static_cast<std::int64_t>(causes[i].susceptibility) &&
                          file.rows(path + "/by_state") == causes[i].by_state.size() &&
                          (voxels == 0 || voxels == world.grid().parenchyma_size()),
                      "cause \"" + causes[i].name + "\" has another meaning or size");
  }
}

template <class T>
void read_into(const Hdf5File& file, const std::string& path, std::span<T> values) {
  file.read(path, element_type<T>(), values.data(), 0, values.size());
}

void read_arrays(const Hdf5File& file, const std::string& group, const Places& places,
                 NamedArrays& arrays) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i]) continue;
    const std::string path = numbered(group, *places[i]);
    read_into(file, path, std::span(arrays.entries()[i].values).first(file.rows(path)));
  }
}

void read_hazards(const Hdf5File& file, const Places& places, Hazards& hazards) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i]) continue;
    Hazards::Cause& cause = hazards.causes()[i];
    const std::string path = numbered("hazards", *places[i]);
    read_into(file, path + "/by_state", std::span<double>(cause.by_state));
    cause.by_voxel = file.read_all<double>(path + "/by_voxel");
    cause.touched = Touched(cause.by_voxel.size());
    cause.touched.mark_all();
    cause.taken = header_value<std::uint64_t>(file, path, "taken");
  }
}

void read_agents(const Hdf5File& file, const Places& places, Agents& agents) {
  agents.resize(static_cast<std::size_t>(file.rows("/agents/0")));
  std::size_t column = 0;
  agents.for_each_column([&](std::string_view, auto& values) {
    if (const auto place = places[column++]) {
      read_into(file, numbered("agents", *place), std::span(values));
    }
  });
}

void read_events(const Hdf5File& file, World& world) {
  const auto day = file.read_all<double>("/events/day");
  const auto texts = [&](const std::string& path) {
    return of_length(file, path, day.size(), file.read_all_text(path));
  };
  const auto amount =
      of_length(file, "/events/amount", day.size(), file.read_all<double>("/events/amount"));
  const auto kind = texts("/events/kind");
  const auto what = texts("/events/what");
  const auto unit = texts("/events/unit");
  world.events().clear();
  for (std::size_t i = 0; i < day.size(); ++i) {
    world.events().push_back({day[i], kind[i], what[i], amount[i], unit[i]});
  }
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const World& world, const RunIdentity& run,
                      std::vector<DatasetLength> output) {
  // World shows its newborns to writers only; nothing is written here.
  if (!const_cast<World&>(world).newborns().empty()) {
    throw Error("a checkpoint is taken after the births of a tick, not before");
  }
  // One that would be refused must not take the place of one that would not.
  if (const std::string fault = unsound(world); !fault.empty()) {
    throw NumericalError("checkpoint", fault, -1, world.tick(), "no run could go on from it");
  }
  std::filesystem::path temporary = path;
  temporary += ".new";
  try {
    Hdf5File file(temporary, Hdf5File::Mode::create);
    write_header(file, world, run, output);
    write_agents(file, world.agents());
    for_each_group(world, [&](const std::string& group, const NamedArrays& arrays) {
      write_arrays(file, group, arrays);
    });
    write_hazards(file, world.hazards());
    write_events(file, world.events());
    file.close();
    seal_file(temporary);
    rename_synced(temporary, path);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw;
  }
}

namespace {

// Whoever names the results of a run where its checkpoint is asked for is told so.
void require_checkpoint(const std::filesystem::path& path) {
  try {
    require_seal(path);
  } catch (const IoError&) {
    if (path.extension() != ".h5" || !std::filesystem::exists(path)) throw;
    throw IoError(Problem{path.string(), "is no checkpoint", "it is the results of a run",
                          "its state is in " + path.string() + ".ckpt while it is not complete"});
  }
}

}  // namespace

CheckpointHeader read_checkpoint_header(const std::filesystem::path& path) {
  require_checkpoint(path);
  return read_header(open_checkpoint(path));
}

double checkpoint_day(const std::filesystem::path& path) {
  return read_header(open_checkpoint(path)).day;
}

namespace {

// Where two resolved configs, which have their keys in one order, part: "[graft] cells = 500.0".
std::string first_difference(const std::string& before, const std::string& now) {
  std::istringstream before_lines(before);
  std::istringstream now_lines(now);
  std::string section, was, is;
  while (true) {
    const bool more = static_cast<bool>(std::getline(before_lines, was));
    if (!std::getline(now_lines, is)) is.clear();
    if (!more && is.empty()) return "its input files have changed";
    if (!more) was.clear();
    // How often it is written makes no other run.
    if (was == is ||
        (was.starts_with("checkpoint_every_min") && is.starts_with("checkpoint_every_min"))) {
      if (is.starts_with('[')) section = is + ' ';
      continue;
    }
    const auto shown = [](const std::string& line) { return line.empty() ? "nothing" : line; };
    return section + shown(was) + ", now " + shown(is);
  }
}

}  // namespace

void require_same_run(const std::filesystem::path& path, const CheckpointHeader& header,
                      const RunIdentity& run) {
  std::vector<Problem> problems;
  const auto expect = [&](bool same, const std::string& what) {
    if (!same)
      problems.push_back({path.string(), what, "a run resumes only itself", "start afresh"});
  };
  if (header.run.config_sha256 != run.config_sha256) {
    expect(false, "was written with another configuration: " +
                      first_difference(header.run.config, run.config));
  }
  expect(header.run.seed == run.seed, "was written with seed " + std::to_string(header.run.seed) +
                                          ", not " + std::to_string(run.seed));
  expect(header.run.results_version == run.results_version,
         "was written by results version " + std::to_string(header.run.results_version) + ", not " +
             std::to_string(run.results_version));
  if (!problems.empty()) throw InputError(std::move(problems));
}

CheckpointHeader read_checkpoint(const std::filesystem::path& path, World& world,
                                 Adoption adoption) {
  require_checkpoint(path);
  const Hdf5File file = open_checkpoint(path);
  const CheckpointHeader header = read_header(file);
  const Clock clock{header_value<double>(file, "/", "start_d"),
                    header_value<double>(file, "/", "step_h")};
  if (header.tick < 0 || header.day != clock.day(header.tick)) {
    refuse_as_damaged(file, "its tick is not that of its day");
  }
  Comparison comparison(file, adoption);
  comparison.expect(adoption == Adoption::branch || header.run.seed == world.seed(),
                    "seed differs");
  comparison.expect(clock.start_d == world.clock().start_d && clock.step_h == world.clock().step_h,
                    "start or step differs");
  std::vector<Places> array_places;
  for_each_group(world, [&](const std::string& group, NamedArrays& arrays) {
    array_places.push_back(comparison.places(group, names_of(arrays)));
    compare_arrays(file, group, arrays, array_places.back(), comparison);
  });
  const Places agent_places = comparison.places("agents", names_of(world.agents()));
  compare_agents(file, world.agents(), agent_places, comparison);
  const Places hazard_places = comparison.places("hazards", names_of(world.hazards()));
  compare_hazards(file, world, hazard_places, comparison);
  comparison.finish();

  std::size_t group_number = 0;
  for_each_group(world, [&](const std::string& group, NamedArrays& arrays) {
    read_arrays(file, group, array_places[group_number++], arrays);
  });
  read_agents(file, agent_places, world.agents());
  read_hazards(file, hazard_places, world.hazards());
  read_events(file, world);
  world.newborns().clear();
  world.set_tick(header.tick);
  world.set_next_id(static_cast<AgentId>(header_value<std::uint64_t>(file, "/", "next_id")));
  world.set_last_graft(header_value<std::int64_t>(file, "/", "last_graft_tick"));
  if (const std::string fault = unsound(world); !fault.empty()) refuse_as_damaged(file, fault);
  return header;
}

}  // namespace neurograft
