#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <neurograft/core/version.hpp>
#include <neurograft/io/schema.hpp>
#include <neurograft/verification/areas.hpp>

#include "commands.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

using verification::Area;
using verification::Check;
using verification::Checks;

struct SelftestArguments {
  std::vector<std::string> names;
  int threads = 1;
  bool json = false;
  bool list = false;
};

struct Outcome {
  std::size_t checks = 0;
  std::size_t failed = 0;
  std::string json;

  void add(const Area& area, const Check& check) {
    ++checks;
    failed += !check.holds();
    json += fmt::format(
        "{}{{\"area\": {}, \"quantity\": {}, \"unit\": {}, \"expected\": {}, \"got\": {}, "
        "\"error\": {}, \"bound\": {}, \"basis\": {}, \"ok\": {}}}",
        json.empty() ? "" : ", ", json_text(area.name), json_text(check.quantity),
        json_text(check.unit), json_number(check.expected), json_number(check.got),
        json_number(check.error), json_number(check.bound), json_text(check.basis), check.holds());
  }
};

std::string with_unit(const Check& check) {
  return check.unit == "1" ? check.quantity : fmt::format("{} [{}]", check.quantity, check.unit);
}

void print_area(const Area& area, const Checks& checks) {
  std::size_t width = 8;
  for (const Check& check : checks) width = std::max(width, with_unit(check).size());
  fmt::print("\n{}: {}\n{:<{}} {:>12} {:>12} {:>9} {:>9}\n", area.name, area.meaning, "quantity",
             width, "expected", "got", "error", "bound");
  for (const Check& check : checks) {
    fmt::print("{:<{}} {:>12.6g} {:>12.6g} {:>9.2g} {:>9.2g} {}\n", with_unit(check), width,
               check.expected, check.got, check.error, check.bound,
               check.holds() ? "ok" : "FAILS: " + check.basis);
  }
  std::fflush(stdout);
}

std::vector<const Area*> chosen(const std::vector<std::string>& names) {
  std::vector<const Area*> areas;
  for (const Area& area : verification::areas()) {
    if (names.empty()) areas.push_back(&area);
  }
  for (const std::string& name : names) areas.push_back(&verification::area(name));
  return areas;
}

int execute(const SelftestArguments& arguments) {
  const std::vector<const Area*> areas = chosen(arguments.names);
  if (arguments.list) {
    for (const Area* area : areas) fmt::print("{:<18} {}\n", area->name, area->meaning);
    return success;
  }
  Outcome outcome;
  for (const Area* area : areas) {
    const Checks checks = area->run({arguments.threads});
    for (const Check& check : checks) outcome.add(*area, check);
    if (!arguments.json) print_area(*area, checks);
  }
  if (arguments.json) {
    const BuildInfo build = build_info();
    fmt::print(
        "{{\"format\": 1, \"version\": {}, \"commit\": {}, \"dirty\": {}, \"checks\": [{}]}}\n",
        json_text(build.version), json_text(build.commit), build.dirty, outcome.json);
  } else if (outcome.failed == 0) {
    fmt::print("\nall {} closed forms are met\n", outcome.checks);
  } else {
    fmt::print("\n{} of {} closed forms are missed\n", outcome.failed, outcome.checks);
  }
  return outcome.failed == 0 ? success : numerical_failure;
}

}  // namespace

void add_selftest(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<SelftestArguments>();
  CLI::App* command = app.add_subcommand(
      "selftest", "Closed forms that the model must meet, worked on this machine");
  command->add_option("AREA", arguments->names, "these areas only (default: all)");
  command->add_option("--threads", arguments->threads, "threads; changes no result (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  CLI::Option* list =
      command->add_flag("--list", arguments->list, "the areas, without running them");
  command->add_flag("--json", arguments->json, "one line of JSON, with what each bound rests on")
      ->excludes(list);
  command->footer(
      "Errors are relative, absolute or, where chance is at work, in standard deviations; --json\n"
      "says which. Takes seconds. Exit: 0 if every error is within its bound, else 3.\n"
      "Example:\n  neurograft selftest diffusion killing");
  command->callback([arguments, &exit_code] { exit_code = execute(*arguments); });
}

}  // namespace neurograft::command
