#include <memory>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/report/export.hpp>

#include "commands.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

struct ExportArguments {
  std::string path;
  std::string csv, nifti, vtk;
  CLI::Option* csv_option = nullptr;
};

void say(const Paths& written) {
  for (const auto& path : written) fmt::print("{}\n", path.string());
}

void do_export(const ExportArguments& arguments) {
  const bool csv = arguments.csv_option->count() > 0;
  if (!csv && arguments.nifti.empty() && arguments.vtk.empty()) {
    throw InputError(Problem{"export", "nothing to do", "no form is given",
                             "add --csv, --nifti DIR or --vtk DIR"});
  }
  const ResultsFile file(arguments.path);
  if (!arguments.nifti.empty()) say(export_nifti(file, arguments.nifti));
  if (!arguments.vtk.empty()) say(export_vtk(file, arguments.vtk));
  if (!arguments.csv.empty()) {
    say(export_csv(file, arguments.csv));
  } else if (csv) {
    fmt::print("{}", series_csv(file));
  }
}

}  // namespace

void add_export(CLI::App& app) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* command =
      app.add_subcommand("export", "A results file in the forms of other tools: CSV, NIfTI, VTK");
  command->add_option("RUN.h5", arguments->path, "a results file")->required();
  arguments->csv_option =
      command
          ->add_option("--csv", arguments->csv,
                       "series.csv, events.csv and agents.csv in this folder; without a folder the "
                       "series on stdout")
          ->type_name("[DIR]")
          ->expected(0, 1);
  command
      ->add_option("--nifti", arguments->nifti,
                   "4-D images that overlay on the input scan, in this folder")
      ->type_name("DIR");
  command
      ->add_option("--vtk", arguments->vtk,
                   "fields.pvd and agents.pvd for ParaView, in this folder")
      ->type_name("DIR");
  command->footer(
      "Examples:\n"
      "  neurograft export results/24m.h5 --nifti results/24m_nifti --vtk results/24m_vtk\n"
      "  neurograft export results/24m.h5 --csv > series.csv");
  command->callback([arguments] { do_export(*arguments); });
}

}  // namespace neurograft::command
