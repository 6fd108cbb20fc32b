#include <cerrno>
#include <cstring>
#include <fstream>

#include <neurograft/core/error.hpp>
#include <neurograft/io/csv.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/report/export.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

std::string joined(const std::vector<std::string>& labels) {
  std::string text;
  for (const std::string& label : labels) text += (text.empty() ? "" : "/") + label;
  return text;
}

std::string events_csv(const ResultsFile& file) {
  std::string text = "day,kind,what,amount,unit\n";
  for (const ResultsEvent& event : file.events()) {
    text += csv_line(
        {csv_number(event.day), event.kind, event.what, csv_number(event.amount), event.unit});
  }
  return text;
}

// A row of a column: the name of a code, else the number as it is stored.
std::string field_text(const ResultsArray& column, double value) {
  if (value >= 0.0 && value < static_cast<double>(column.meanings.size())) {
    return column.meanings[static_cast<std::size_t>(value)];
  }
  return column.type == ElementType::f32 ? fmt::format("{}", static_cast<float>(value))
                                         : csv_number(value);
}

// In pieces: a frame may have millions of rows.
void write_agents(const ResultsFile& file, const std::filesystem::path& path) {
  constexpr std::uint64_t piece = 100000;
  const std::vector<ResultsArray> columns = file.agent_columns();
  const std::vector<double> days = file.agent_days();
  const std::filesystem::path temporary = temporary_beside(path);
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  std::vector<std::string> fields{"day"};
  for (const ResultsArray& column : columns) fields.push_back(column.name);
  out << csv_line(fields);
  for (std::size_t frame = 0; frame < days.size(); ++frame) {
    fields[0] = csv_number(days[frame]);
    const std::uint64_t count = file.agents(frame);
    for (std::uint64_t begin = 0; begin < count; begin += piece) {
      std::vector<std::vector<double>> values;
      for (const ResultsArray& column : columns) {
        values.push_back(file.agent_column<double>(column.name, frame, begin, piece));
      }
      for (std::size_t row = 0; row < values.front().size(); ++row) {
        for (std::size_t n = 0; n < columns.size(); ++n) {
          fields[n + 1] = field_text(columns[n], values[n][row]);
        }
        out << csv_line(fields);
      }
    }
  }
  out.close();
  if (!out) {
    throw IoError(
        Problem{path.string(), "writing failed", std::strerror(errno), "is the disk full?"});
  }
  sync_file(temporary);
  rename_synced(temporary, path);
}

}  // namespace

std::string series_csv(const ResultsFile& file) {
  std::string text = "day,readout,part,value,unit\n";
  const std::vector<double>& days = file.days();
  for (const ResultsReadout& readout : file.readouts()) {
    const std::size_t parts = readout.parts();
    for (std::size_t part = 0; part < parts; ++part) {
      const std::string label = joined(readout.part_labels(part));
      for (std::size_t record = 0; record < days.size(); ++record) {
        text += csv_line({csv_number(days[record]), readout.name, label,
                          csv_number(readout.values[record * parts + part]), readout.unit});
      }
    }
  }
  return text;
}

Paths export_csv(const ResultsFile& file, const std::filesystem::path& folder) {
  make_folder(folder);
  Paths written;
  const auto write = [&](const char* name, const std::string& text) {
    written.push_back(folder / name);
    write_text_durably(written.back(), text);
  };
  write("series.csv", series_csv(file));
  write("events.csv", events_csv(file));
  if (!file.agent_days().empty()) {
    written.push_back(folder / "agents.csv");
    write_agents(file, written.back());
  }
  return written;
}

}  // namespace neurograft
