#include <filesystem>
#include <memory>

#include <neurograft/study/calibration.hpp>
#include <neurograft/study/results.hpp>

#include "commands.hpp"
#include "stop_signal.hpp"
#include "study_run.hpp"
#include "text.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

int execute(const std::string& file, StudyRunArguments arguments) {
  catch_stop_signals();
  const Calibration calibration = read_calibration(file);
  const std::filesystem::path folder = arguments.folder_asked();
  const auto proposals = propose(calibration.priors(), Population{}, calibration.options);
  for (const Experiment& experiment : calibration.experiments) {
    check_readouts(plan_of(calibration, experiment, {proposals.front()}), Wanted::one_number);
  }
  if (arguments.dry_run) {
    // Later generations follow from the first; each has the runs of the particles not kept.
    const std::size_t later = calibration.options.particles - kept_particles(calibration.options);
    for (const Experiment& experiment : calibration.experiments) {
      fmt::print("{}, first generation\n{}", experiment.name,
                 plan_text(plan_of(calibration, experiment, proposals),
                           RunStore(folder / "generation_0" / experiment.name), arguments.jobs));
    }
    fmt::print("then up to {} generations of {} particles\n",
               calibration.options.most_generations - 1, later);
    return success;
  }
  int code = success;
  const auto do_plan = [&](const Plan& plan, const RunStore& store) {
    const int ended = run_plan(plan, store, arguments);
    if (ended == different) code = different;  // a failed run is a particle that is not kept
    if (ended == stopped_by_signal) code = stopped_by_signal;
    return ended != stopped_by_signal;
  };
  const auto told = [&](const Population& population) {
    tell(fmt::format("generation {}: tolerance {:.4g}, {:.0f} % of proposals below the last one\n",
                     population.generation, population.tolerance, 100.0 * population.acceptance));
  };
  const CalibrationResult result = calibrate(calibration, folder, do_plan, told);
  if (!result.finished) return stopped_by_signal;
  say_written(write_calibration_tables(calibration, result, folder));
  if (result.population.acceptance > calibration.options.stop_acceptance) {
    tell(fmt::format(
        "not settled: in generation {} {:.0f} % of proposals still came nearer to the targets "
        "(stop_acceptance = {:g}); most_generations = {} ended it\n",
        result.population.generation, 100.0 * result.population.acceptance,
        calibration.options.stop_acceptance, calibration.options.most_generations));
  }
  return code;
}

}  // namespace

void add_calibrate(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<StudyRunArguments>();
  auto study = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "calibrate", "Fit keys to what was measured: approximate Bayesian computation");
  command->add_option("STUDY", *study, "the calibration, a TOML file")->required();
  arguments->add_to(*command);
  command->footer(
      "Tables: posterior.csv (a design for `sweep`, and for --set @posterior.csv:ROW),\n"
      "posterior_summary.csv, fit.csv. The same command goes on where it was stopped.\n"
      "Example:\n  neurograft calibrate configs/studies/calibrate_survival.toml -o results/fit");
  command->callback([arguments, study, &exit_code] { exit_code = execute(*study, *arguments); });
}

}  // namespace neurograft::command
