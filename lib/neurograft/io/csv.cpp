#include <charconv>
#include <cmath>
#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/io/csv.hpp>
#include <neurograft/io/text_file.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

// Splits text into records, line by line but for line ends within quotes.
class Records {
 public:
  Records(std::string_view text, const std::string& name) : text_(text), name_(name) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // spreadsheets begin with this mark
  }

  bool next(std::vector<std::string>& fields) {
    fields.clear();
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) skip();
    if (at_ >= text_.size()) return false;
    began_ = line_;
    do {
      fields.push_back(field());
    } while (take(','));
    if (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') {
      throw InputError(Problem{fmt::format("{}:{}", name_, line_),
                               "text after the quote that ends a field",
                               "a quote within one is written twice", ""});
    }
    return true;
  }

  std::string where() const { return fmt::format("{}:{}", name_, began_); }

 private:
  std::string field() {
    if (!take('"')) {
      const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
      const std::string_view found = text_.substr(at_, end - at_);
      at_ = end;
      return std::string(found);
    }
    std::string found;
    while (at_ < text_.size()) {
      if (!take('"')) {
        found += text_[at_];
        skip();
      } else if (take('"')) {
        found += '"';
      } else {
        return found;
      }
    }
    throw InputError(Problem{where(), "a quote does not end", "", ""});
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void skip() {
    if (text_[at_++] == '\n') ++line_;
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t began_ = 1;
};

void check_header(const std::vector<std::string>& header, const std::string& where) {
  std::set<std::string> seen;
  for (const std::string& column : header) {
    if (column.empty()) throw InputError(Problem{where, "a column has no name", "", ""});
    if (!seen.insert(column).second) {
      throw InputError(Problem{where, "column \"" + column + "\" is there twice", "", ""});
    }
  }
}

}  // namespace

CsvTable parse_csv(std::string_view text, const std::string& name) {
  Records records(text, name);
  CsvTable table;
  if (!records.next(table.header)) {
    throw InputError(Problem{name, "is empty", "a table begins with the names of its columns", ""});
  }
  check_header(table.header, records.where());
  std::vector<std::string> row;
  while (records.next(row)) {
    if (row.size() != table.header.size()) {
      throw InputError(Problem{records.where(), fmt::format("has {} fields", row.size()),
                               fmt::format("the header has {}", table.header.size()), ""});
    }
    table.rows.push_back(row);
  }
  if (table.rows.empty()) throw InputError(Problem{name, "has no row below its header", "", ""});
  return table;
}

CsvTable read_csv(const std::filesystem::path& path) {
  constexpr std::size_t largest_table = std::size_t{1} << 28;
  return parse_csv(read_text_file(path, {}, largest_table), path.string());
}

std::string csv_line(const std::vector<std::string>& fields) {
  if (fields.size() == 1 && fields[0].empty()) return "\"\"\n";  // not an empty line
  std::string line;
  for (std::size_t n = 0; n < fields.size(); ++n) {
    if (n > 0) line += ',';
    const std::string& field = fields[n];
    if (field.find_first_of(",\"\r\n") == std::string::npos) {
      line += field;
      continue;
    }
    line += '"';
    for (const char c : field) line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
  }
  return line + '\n';
}

std::string to_csv(const CsvTable& table) {
  std::string text = csv_line(table.header);
  for (const std::vector<std::string>& row : table.rows) text += csv_line(row);
  return text;
}

bool to_number(const std::string& text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::string csv_number(double value) {
  return std::isnan(value) ? std::string() : fmt::format("{}", value);
}

}  // namespace neurograft
