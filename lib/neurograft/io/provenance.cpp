#include <chrono>
#include <ctime>
#include <span>
#include <utility>

#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/io/provenance.hpp>
#include <neurograft/io/provenance_file.hpp>

#include <sys/resource.h>

namespace neurograft {
namespace {

const std::string group = "/provenance";
const std::string resumes = group + "/resumes";

struct TextColumn {
  const char* name;
  std::vector<std::string> values;
};

/// A table of texts whose row axis is a bare netCDF dimension.
void write_table(Hdf5File& file, const std::string& table, const std::string& dimension,
                 const std::vector<TextColumn>& columns) {
  const std::string rows = table + "/" + dimension;
  const std::uint64_t count = columns.front().values.size();
  file.create_dataset(rows, ElementType::f32,
                      {.size = {count}, .chunk = {1024}, .extendible = true});
  file.make_scale(rows, false);
  for (const TextColumn& column : columns) {
    const std::string path = table + "/" + column.name;
    file.create_dataset(path, ElementType::text,
                        {.size = {count}, .chunk = {64}, .extendible = true});
    file.write_text(path, column.values);
    file.attach_scale(path, 0, rows);
  }
}

void append_text(Hdf5File& file, const std::string& dataset, const std::string& text) {
  const std::uint64_t row = file.rows(dataset);
  file.resize(dataset, row + 1);
  file.write_text(dataset, {&text, 1}, row);
}

void add_history(Hdf5File& file, const std::string& command_line) {
  const std::string before = file.text_attribute("/", "history");
  file.set_attribute("/", "history",
                     before + (before.empty() ? "" : "\n") + utc_now() + " " + command_line);
}

void write_root(Hdf5File& file, const Provenance& provenance) {
  file.set_attribute("/", "Conventions", std::string("neurograft-1"));
  file.set_attribute("/", "title", provenance.title);
  file.set_attribute("/", "source",
                     "neurograft " + std::string(provenance.build.version) + " (" +
                         std::string(provenance.build.commit) + ")");
  add_history(file, provenance.command_line);
  file.set_attribute("/", "complete", std::int64_t{0});
  file.set_attribute("/", "results_version", results_version);
}

void write_tables(Hdf5File& file, const Provenance& provenance) {
  std::vector<TextColumn> inputs{{"path", {}}, {"sha256", {}}, {"role", {}}};
  for (const InputFile& input : provenance.inputs) {
    inputs[0].values.push_back(input.path);
    inputs[1].values.push_back(input.sha256);
    inputs[2].values.push_back(input.role);
  }
  write_table(file, group + "/inputs", "input", inputs);
  std::vector<TextColumn> assumed{
      {"name", {}}, {"value", {}}, {"unit", {}}, {"grade", {}}, {"meaning", {}}};
  for (const AssumedParameter& parameter : provenance.assumed) {
    assumed[0].values.push_back(parameter.name);
    assumed[1].values.push_back(parameter.value);
    assumed[2].values.push_back(parameter.unit);
    assumed[3].values.push_back(parameter.grade);
    assumed[4].values.push_back(parameter.meaning);
  }
  write_table(file, group + "/assumed", "parameter", assumed);
  write_table(file, resumes, "resume",
              {{"time", {}}, {"day", {}}, {"threads", {}}, {"processor", {}}, {"source", {}}});
}

}  // namespace

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

void write_provenance(Hdf5File& file, const Provenance& provenance) {
  write_root(file, provenance);
  file.create_group(group);
  const BuildInfo& build = provenance.build;
  const std::vector<std::pair<const char*, Attribute>> attributes{
      {"version", std::string(build.version)},
      {"results_version", results_version},
      {"git_commit", std::string(build.commit)},
      {"git_dirty", std::int64_t{build.dirty}},
      {"compiler", std::string(build.compiler)},
      {"flags", std::string(build.flags)},
      {"processor", provenance.processor},
      {"threads", std::int64_t{provenance.threads}},
      {"seed", provenance.seed},
      {"random_layout", std::string(random_layout)},
      {"command_line", provenance.command_line},
      {"config_name", provenance.config_name},
      {"config_sha256", provenance.config_sha256},
      {"parent_file", provenance.parent_file},
      {"parent_sha256", provenance.parent_sha256},
      {"start", utc_now()},
      {"end", utc_now()},
      {"wall_s", 0.0},
      {"peak_memory_bytes", std::int64_t{0}}};
  for (const auto& [name, value] : attributes) file.set_attribute(group, name, value);
  // Whole texts are datasets: attributes are limited to 64 KB.
  file.write_one_text(group + "/config_written", provenance.config_written);
  file.write_one_text(group + "/config_resolved", provenance.config_resolved);
  write_tables(file, provenance);
  if (!provenance.parent_file.empty()) {
    file.set_attribute(group, "parent_day", provenance.parent_day);
    file.write_all_text(group + "/parent_changes", provenance.parent_changes);
  }
  for (const auto& [name, value] : provenance.tags) {
    file.set_attribute(group, "tag_" + name, value);
  }
}

void write_resume(Hdf5File& file, const Provenance& provenance, double day) {
  const std::uint64_t row = file.rows(resumes + "/resume");
  file.resize(resumes + "/resume", row + 1);
  append_text(file, resumes + "/time", utc_now());
  append_text(file, resumes + "/day", std::to_string(day));
  append_text(file, resumes + "/threads", std::to_string(provenance.threads));
  append_text(file, resumes + "/processor", provenance.processor);
  append_text(file, resumes + "/source",
              "neurograft " + std::string(provenance.build.version) + " (" +
                  std::string(provenance.build.commit) + ")");
  add_history(file, provenance.command_line);
}

void write_end(Hdf5File& file, double wall_s) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  file.set_attribute(group, "end", utc_now());
  file.set_attribute(group, "wall_s", wall_s);
  file.set_attribute(group, "peak_memory_bytes", std::int64_t{usage.ru_maxrss} * 1024);
}

double recorded_wall_s(const Hdf5File& file) {
  const auto value = file.attribute(group, "wall_s");
  return value && std::holds_alternative<double>(*value) ? std::get<double>(*value) : 0.0;
}

void write_costs(Hdf5File& file, const std::vector<ProcessCost>& costs) {
  const std::string table = group + "/costs";
  if (file.exists(table)) file.remove(table);
  std::vector<std::string> names;
  std::vector<double> seconds;
  std::vector<std::int64_t> steps;
  for (const ProcessCost& cost : costs) {
    names.push_back(cost.process);
    seconds.push_back(cost.seconds);
    steps.push_back(cost.steps);
  }
  file.write_all_text(table + "/process", names);
  file.make_scale(table + "/process");
  file.write_all(table + "/seconds", std::span<const double>(seconds));
  file.set_attribute(table + "/seconds", "units", std::string("s"));
  file.write_all(table + "/steps", std::span<const std::int64_t>(steps));
  file.attach_scale(table + "/seconds", 0, table + "/process");
  file.attach_scale(table + "/steps", 0, table + "/process");
}

}  // namespace neurograft
