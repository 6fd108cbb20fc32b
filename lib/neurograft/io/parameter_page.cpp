#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <vector>

#include <neurograft/io/parameter_page.hpp>
#include <neurograft/io/schema.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr std::array<Grade, 6> grades{Grade::measured, Grade::derived,    Grade::calibrated,
                                      Grade::assumed,  Grade::hypothesis, Grade::setting};

using Counts = std::array<std::size_t, grades.size()>;

std::string_view meaning_of(Grade grade) {
  switch (grade) {
    case Grade::measured:
      return "read off an experiment, which is the source";
    case Grade::derived:
      return "arithmetic on measured values";
    case Grade::calibrated:
      return "fitted to a stated target";
    case Grade::assumed:
      return "a choice; nothing better is known. What the source says is a reason, not a proof";
    case Grade::hypothesis:
      return "belongs to a mechanism that may not exist";
    case Grade::setting:
      break;
  }
  return "a choice about the run, not a claim about biology";
}

Counts counts_of(const ParameterTable& table) {
  Counts counts{};
  for (const ParameterInfo& info : table.parameters) {
    ++counts[static_cast<std::size_t>(std::ranges::find(grades, info.grade) - grades.begin())];
  }
  return counts;
}

bool is_alike(const ParameterInfo& a, const ParameterInfo& b) {
  return a.key == b.key && a.unit == b.unit && to_string(a.fallback) == to_string(b.fallback) &&
         allowed_text(a) == allowed_text(b) && a.meaning == b.meaning && a.source == b.source &&
         a.grade == b.grade;
}

bool has_alike(const ParameterTable& table, const ParameterInfo& info) {
  return std::ranges::any_of(table.parameters,
                             [&](const ParameterInfo& other) { return is_alike(other, info); });
}

// The first table with all parameters of `table`: itself if there is none before it.
const ParameterTable& first_with_all(std::span<const ParameterTable> tables,
                                     const ParameterTable& table) {
  return *std::ranges::find_if(tables, [&](const ParameterTable& other) {
    return &other == &table ||
           (!table.parameters.empty() &&
            std::ranges::all_of(table.parameters,
                                [&](const ParameterInfo& info) { return has_alike(other, info); }));
  });
}

// What code hosts make of a heading in the address of its section.
std::string anchor_of(std::string_view heading) {
  std::string anchor;
  for (const char c : heading) {
    const auto code = static_cast<unsigned char>(c);
    if (std::isalnum(code) != 0 || c == '_' || c == '-') {
      anchor += static_cast<char>(std::tolower(code));
    }
  }
  return anchor;
}

std::string link_to(const ParameterTable& table) {
  const std::string heading = section_heading(table);
  return fmt::format("[`{}`](#{})", heading, anchor_of(heading));
}

std::string count_row(std::string_view name, const Counts& counts) {
  std::size_t all = 0;
  std::string cells;
  for (const std::size_t count : counts) {
    all += count;
    cells += count == 0 ? " |" : fmt::format(" {} |", count);
  }
  return fmt::format("| {} | {} |{}\n", name, all, cells);
}

std::string counts_by_section(std::span<const ParameterTable> tables) {
  std::string rows;
  Counts sum{};
  for (const ParameterTable& table : tables) {
    const ParameterTable& first = first_with_all(tables, table);
    if (&first != &table) {
      rows +=
          fmt::format("| {} | as {} |{:|>{}}\n", link_to(table), link_to(first), "", grades.size());
      continue;
    }
    const Counts counts = counts_of(table);
    for (std::size_t g = 0; g < sum.size(); ++g) sum[g] += counts[g];
    rows += count_row(link_to(table), counts);
  }
  std::string head = "| section | parameters |";
  std::string line = "|---|---|";
  for (const Grade grade : grades) {
    head += fmt::format(" {} |", to_string(grade));
    line += "---|";
  }
  return head + "\n" + line + "\n" + rows + count_row("**all**", sum);
}

std::string head_of(std::span<const ParameterTable> tables) {
  std::string text =
      "# Parameters\n\n"
      "Written by `neurograft params --markdown` from the table that the program itself goes by: "
      "not to be edited.\nTo renew it:\n\n"
      "<!-- not run: writes this page -->\n"
      "```sh\nbuild/release/neurograft params --markdown > docs/parameters.md\n```\n\n"
      "A grade says how well a default is known:\n\n"
      "| grade | |\n|---|---|\n";
  for (const Grade grade : grades) {
    text += fmt::format("| {} | {} |\n", to_string(grade), meaning_of(grade));
  }
  return text + "\nDefaults by grade. A section with the keys and defaults of another is not " +
         "counted again.\n\n" + counts_by_section(tables);
}

std::string row_of(const ParameterInfo& info) {
  const std::string allowed = allowed_text(info);
  // What the grade says already is not said twice.
  const bool has_source = info.source != to_string(info.grade);
  return fmt::format("| `{}` | {} | {} | {} | {} | {} | {} |\n", info.key, markdown_cell(info.unit),
                     markdown_cell(fmt::format("`{}`", to_string(info.fallback))),
                     markdown_cell(allowed.empty() ? type_name(info.fallback) : allowed),
                     markdown_cell(info.meaning), has_source ? linked_source(info.source) : "",
                     to_string(info.grade));
}

// Where all of a section is in another, which may have more.
std::string section_as(const ParameterTable& table, const ParameterTable& first) {
  std::string missing;
  for (const ParameterInfo& info : first.parameters) {
    if (has_alike(table, info)) continue;
    missing += fmt::format("{}`{}`", missing.empty() ? ", but without " : ", ", info.key);
  }
  return fmt::format("Keys and defaults as in {}{}.\n", link_to(first), missing);
}

std::string section_of(std::span<const ParameterTable> tables, const ParameterTable& table) {
  std::string text =
      fmt::format("\n## `{}`\n\n{}\n\n", section_heading(table), markdown_cell(table.meaning));
  const ParameterTable& first = first_with_all(tables, table);
  if (&first != &table) return text + section_as(table, first);
  text +=
      "| key | unit | default | allowed | meaning | source | grade |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const ParameterInfo& info : table.parameters) text += row_of(info);
  return text;
}

// As RFC 3986 has it; parentheses would end a link in Markdown.
std::string encoded(std::string_view path) {
  std::string result;
  for (const char c : path) {
    const auto code = static_cast<unsigned char>(c);
    if (std::isalnum(code) != 0 || std::string_view("-._~/:").find(c) != std::string_view::npos) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned>(code));
    }
  }
  return result;
}

// The word at the start of a text, without what punctuates the sentence around it.
std::string_view word_of(std::string_view text) {
  std::string_view word = text.substr(0, text.find_first_of(" \n\t"));
  while (!word.empty()) {
    const bool closes =
        word.back() == ')' && std::ranges::count(word, '(') < std::ranges::count(word, ')');
    if (std::string_view(",;.:").find(word.back()) == std::string_view::npos && !closes) break;
    word.remove_suffix(1);
  }
  return word;
}

std::string_view digits_of(std::string_view text) {
  return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

// A name at the start of a text that leads somewhere; its text is empty if there is none.
struct Reference {
  std::string_view text;
  std::string address;
};

Reference reference_at(std::string_view text) {
  if (text.starts_with("10.")) {
    const std::string_view word = word_of(text);
    const std::string_view registrant = digits_of(word.substr(3));
    const std::size_t slash = 3 + registrant.size();
    if (registrant.size() >= 4 && word.size() > slash + 1 && word[slash] == '/') {
      return {word, "https://doi.org/" + encoded(word)};
    }
  }
  constexpr std::array<std::array<std::string_view, 3>, 3> numbered{
      {{"PMC", "PMC", "https://pmc.ncbi.nlm.nih.gov/articles/"},
       {"PMID ", "", "https://pubmed.ncbi.nlm.nih.gov/"},
       {"NCT", "NCT", "https://clinicaltrials.gov/study/"}}};
  for (const auto& [prefix, kept, site] : numbered) {
    if (!text.starts_with(prefix)) continue;
    const std::string_view digits = digits_of(text.substr(prefix.size()));
    if (digits.empty()) continue;
    return {text.substr(0, prefix.size() + digits.size()),
            fmt::format("{}{}{}", site, kept, digits)};
  }
  return {};
}

}  // namespace

std::string markdown_cell(std::string_view text) {
  std::string result;
  bool is_code = false;
  for (const char c : text) {
    if (c == '`') is_code = !is_code;
    if (c == '|' || (!is_code && (c == '*' || c == '\\'))) {
      result += '\\';
    }
    if (c == '<' && !is_code) {
      result += "&lt;";
    } else {
      result += c == '\n' ? ' ' : c;
    }
  }
  return result;
}

std::string linked_source(std::string_view source) {
  std::string result;
  std::size_t plain = 0;  // where what is not yet written begins
  for (std::size_t at = 0; at < source.size();) {
    const bool at_word = at == 0 || std::isalnum(static_cast<unsigned char>(source[at - 1])) == 0;
    const Reference reference = at_word ? reference_at(source.substr(at)) : Reference{};
    if (reference.text.empty()) {
      ++at;
      continue;
    }
    result += markdown_cell(source.substr(plain, at - plain)) +
              fmt::format("[{}]({})", markdown_cell(reference.text), reference.address);
    at += reference.text.size();
    plain = at;
  }
  return result + markdown_cell(source.substr(plain));
}

std::string parameter_page(std::span<const ParameterTable> tables) {
  std::string text = head_of(tables);
  for (const ParameterTable& table : tables) text += section_of(tables, table);
  return text;
}

}  // namespace neurograft
