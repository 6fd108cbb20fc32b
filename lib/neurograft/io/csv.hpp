#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Tables as comma-separated values (RFC 4180), as R, pandas and spreadsheets write and read them.
namespace neurograft {

/// Texts in rows below a header.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< each as long as the header
};

/// Parses a table. Throws InputError, with `name` and line, for a row of another length than the
/// header, a quote that does not end, a name that is empty or there twice, or no row at all.
CsvTable parse_csv(std::string_view text, const std::string& name);

/// The same from a file. Throws InputError.
CsvTable read_csv(const std::filesystem::path& path);

/// Texts as one line of a table, quoted where need be, with the end of the line.
std::string csv_line(const std::vector<std::string>& fields);

/// The whole table as text.
std::string to_csv(const CsvTable& table);

/// Whether the text is a number and nothing else; then it is put into `value`.
bool to_number(const std::string& text, double& value);

/// A number so that it reads back the same; empty if it is not one.
std::string csv_number(double value);

}  // namespace neurograft
