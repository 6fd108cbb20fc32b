#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/report/page.hpp>
#include <neurograft/scenario/build.hpp>

#include "commands.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

namespace fs = std::filesystem;

struct ReportArguments {
  std::vector<std::string> of;
  std::string output = "report.html";
};

void write_report(const ReportArguments& arguments) {
  const std::vector<fs::path> of(arguments.of.begin(), arguments.of.end());
  const fs::path page(arguments.output);
  if (fs::is_directory(page)) {
    throw InputError(Problem{page.string(), "is a folder", "the page is a file", "-o PAGE.html"});
  }
  const std::string html = report_page(of, parameter_tables(), page);
  if (page.has_parent_path()) make_folder(page.parent_path());
  write_text_durably(page, html);
  fmt::print("{}  {:.1f} MB; open it in a browser\n", page.string(),
             static_cast<double>(html.size()) / 1e6);
}

}  // namespace

void add_report(CLI::App& app) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App* command = app.add_subcommand(
      "report", "A page with curves, brain and parameters of a run, of several, or of a study");
  command
      ->add_option("RUN.h5|DIR", arguments->of,
                   "results files, shown side by side, or the folder of a study")
      ->required();
  command->add_option("-o,--output", arguments->output, "the page")
      ->capture_default_str()
      ->type_name("PAGE.html");
  command->footer(
      "The page is one file that needs no network. Examples:\n"
      "  neurograft report results/24m.h5 -o results/24m.html\n"
      "  neurograft report results/24m.h5 results/no_drugs.h5 -o results/both.html\n"
      "  neurograft report results/trial -o results/trial/report.html");
  command->callback([arguments] { write_report(*arguments); });
}

}  // namespace neurograft::command
