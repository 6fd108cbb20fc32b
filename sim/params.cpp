#include <algorithm>
#include <cctype>
#include <memory>

#include <neurograft/io/parameter_page.hpp>
#include <neurograft/io/schema.hpp>
#include <neurograft/scenario/build.hpp>

#include "commands.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

struct ParamsArguments {
  std::string pattern;
  bool json = false;
  bool schema = false;
  bool markdown = false;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return text;
}

/// Whether `text` holds the parts of `pattern`, which stars separate, in that order.
bool matches(const std::string& text, const std::string& pattern) {
  std::size_t from = 0;
  for (std::size_t begin = 0; begin <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('*', begin), pattern.size());
    const std::string part = pattern.substr(begin, end - begin);
    const std::size_t found = text.find(part, from);
    if (found == std::string::npos) return false;
    from = found + part.size();
    begin = end + 1;
  }
  return true;
}

std::vector<ParameterTable> selected(const std::string& pattern,
                                     std::vector<ParameterTable> tables) {
  std::vector<ParameterTable> result;
  for (ParameterTable& table : tables) {
    std::erase_if(table.parameters, [&](const ParameterInfo& info) {
      return !matches(lower(fmt::format("{}.{} {}", table.section, info.key, info.meaning)),
                      lower(pattern));
    });
    if (!table.parameters.empty() || pattern.empty()) result.push_back(std::move(table));
  }
  if (!result.empty()) return result;
  throw InputError(Problem{"params", fmt::format("no parameter matches \"{}\"", pattern), "",
                           "`neurograft params` lists all"});
}

void print_text(const std::vector<ParameterTable>& tables) {
  for (const ParameterTable& table : tables) {
    fmt::print("{}  # {}\n", section_heading(table), table.meaning);
    for (const ParameterInfo& info : table.parameters) {
      const std::string allowed = allowed_text(info);
      fmt::print("  {} = {}{}{}\n      {}; {}{}\n", info.key, to_string(info.fallback),
                 info.unit.empty() ? "" : fmt::format("  [{}]", info.unit),
                 allowed.empty() ? "" : "  " + allowed, info.meaning, to_string(info.grade),
                 info.source.empty() ? "" : ", " + info.source);
    }
    fmt::print("\n");
  }
}

void execute(const ParamsArguments& arguments) {
  const std::vector<ParameterTable> all = parameter_tables();
  if (arguments.schema) {  // which knows the known names by itself
    fmt::print("{}", json_schema(selected(arguments.pattern, all)));
    return;
  }
  const std::vector<ParameterTable> tables = selected(arguments.pattern, with_known_names(all));
  if (arguments.json) {
    fmt::print("{}", json_parameters(tables));
  } else if (arguments.markdown) {
    fmt::print("{}", parameter_page(tables));
  } else {
    print_text(tables);
  }
}

}  // namespace

void add_params(CLI::App& app) {
  auto arguments = std::make_shared<ParamsArguments>();
  CLI::App* command = app.add_subcommand(
      "params", "All parameters: default, unit, bounds, meaning, source and grade");
  command->add_option("PATTERN", arguments->pattern,
                      "part of a name or meaning; * stands for anything");
  CLI::Option* json = command->add_flag("--json", arguments->json, "as a JSON list");
  CLI::Option* schema =
      command->add_flag("--schema", arguments->schema, "JSON Schema of a config, for editors");
  CLI::Option* markdown =
      command->add_flag("--markdown", arguments->markdown, "as the page docs/parameters.md");
  json->excludes(schema)->excludes(markdown);
  schema->excludes(markdown);
  command->footer("Example:\n  neurograft params 'csf*per_d'");
  command->callback([arguments] { execute(*arguments); });
}

}  // namespace neurograft::command
