#include <filesystem>
#include <memory>

#include <neurograft/core/error.hpp>
#include <neurograft/io/config_check.hpp>
#include <neurograft/io/nifti.hpp>
#include <neurograft/scenario/brain_map.hpp>
#include <neurograft/scenario/build.hpp>

#include "commands.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

struct BrainArguments {
  std::string source;
  std::string output;
  std::string labels;
  std::optional<double> resolution_mm;
  std::vector<std::string> settings;
};

void execute(const BrainArguments& arguments) {
  const auto ends = [&](const char* suffix) { return arguments.output.ends_with(suffix); };
  if (!ends(".nii") && !ends(".nii.gz")) {
    throw InputError(Problem{arguments.output, "is not named as a NIfTI image",
                             "the label map is one", "name it .nii.gz or .nii"});
  }
  std::error_code ignored;
  if (std::filesystem::equivalent(arguments.output, arguments.source, ignored)) {
    throw InputError(Problem{arguments.output, "is the source itself", "it would be overwritten",
                             "name another output"});
  }
  Config config = Config::from_string("", "neurograft brain");
  config.set("brain.source", arguments.source);
  if (!arguments.labels.empty()) config.set("brain.labels", arguments.labels);
  if (arguments.resolution_mm) config.set("brain.resolution_mm", *arguments.resolution_mm);
  for (const std::string& setting : arguments.settings) config.set_text(setting);
  const std::vector<ParameterTable> tables = parameter_tables();
  const ResolvedConfig resolved = check(config, tables);
  resolved.throw_if_problems();
  const LabelMap map = brain_map(resolved.section("brain"), std::filesystem::path("."));
  write_label_map(arguments.output, map);
  fmt::print("{}\n{}\n", describe_brain(map), arguments.output);
}

}  // namespace

void add_brain(CLI::App& app) {
  auto arguments = std::make_shared<BrainArguments>();
  CLI::App* command = app.add_subcommand(
      "brain",
      "Make a label map from a T1, a segmentation or the phantom; print its volumes.\n"
      "A T1 without skull needs --set brain.segmentation=PARCELLATION, with the labels of jhu189");
  command->add_option("SOURCE", arguments->source, "colin27, phantom, patch, or a NIfTI file")
      ->required();
  command->add_option("-o,--output", arguments->output, "label map to write")
      ->type_name("BRAIN.nii.gz")
      ->required();
  command->add_option("--resolution-mm", arguments->resolution_mm, "edge of a voxel")
      ->type_name("H");
  command->add_option("--labels", arguments->labels, "label table of a segmentation")
      ->type_name("FILE");
  command->add_option("--set", arguments->settings, "other keys of [brain]; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->footer("Example:\n  neurograft brain phantom -o phantom.nii.gz --resolution-mm 2");
  command->callback([arguments] { execute(*arguments); });
}

}  // namespace neurograft::command
