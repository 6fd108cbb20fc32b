#include <algorithm>
#include <filesystem>
#include <memory>

#include <neurograft/core/error.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/text_file.hpp>
#include <neurograft/report/svg_plot.hpp>
#include <neurograft/study/results.hpp>
#include <neurograft/study/validation_curves.hpp>
#include <neurograft/study/validation_ledger.hpp>

#include "commands.hpp"
#include "stop_signal.hpp"
#include "study_run.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

namespace fs = std::filesystem;

constexpr double quick_share = 0.1;
constexpr std::int64_t quick_fewest = 4;

struct ValidateArguments {
  std::vector<std::string> ids;
  std::string experiments = "configs/validation";
  std::string page;
  std::vector<std::string> set;
  bool quick = false;
  StudyRunArguments runs;
};

std::vector<Validation> asked_for(const ValidateArguments& arguments) {
  std::vector<Validation> all = read_validations(arguments.experiments);
  std::vector<Problem> problems;
  for (const std::string& id : arguments.ids) {
    if (std::ranges::find(all, id, &Validation::id) != all.end()) continue;
    std::string known;
    for (const Validation& one : all) known += (known.empty() ? "" : ", ") + one.id;
    problems.push_back({arguments.experiments, "no validation " + id, "there are " + known, ""});
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  if (!arguments.ids.empty()) {
    std::erase_if(all, [&](const Validation& one) {
      return std::ranges::find(arguments.ids, one.id) == arguments.ids.end();
    });
  }
  for (Validation& one : all) {
    if (arguments.quick) reduce(one, quick_share, quick_fewest);
    for (Experiment& experiment : one.experiments) {
      experiment.study.set.insert(experiment.study.set.end(), arguments.set.begin(),
                                  arguments.set.end());
    }
  }
  return all;
}

std::string svg_of(const std::vector<CurvePanel>& panels) {
  std::vector<Plot> plots;
  for (const CurvePanel& panel : panels) {
    Plot& plot = plots.emplace_back();
    plot.title = panel.title;
    plot.x_label = "days";
    plot.is_share = panel.is_share;
    for (const CurveBand& band : panel.bands) {
      plot.bands.push_back({band.experiment, band.days, band.middle, band.low, band.high});
    }
    for (const CurvePoint& point : panel.points) {
      const auto band = std::ranges::find(panel.bands, point.experiment, &CurveBand::experiment);
      plot.points.push_back({static_cast<std::size_t>(band - panel.bands.begin()), point.day,
                             point.value, point.days.low, point.days.high, point.values.low,
                             point.values.high});
    }
  }
  return neurograft::svg_of(plots);
}

// A page without a place for some results is known before they are made.
void check_page(const std::string& page, const std::vector<Validation>& validations) {
  if (page.empty()) return;
  const std::string text = read_text_file(page);
  for (const Validation& one : validations) with_results(text, page, one.id, "");
}

// What the runs of a validation have come to.
struct Outcome {
  const Validation* validation = nullptr;
  std::vector<TargetResult> results;
  std::string picture;  ///< SVG
  std::string ledger;
};

std::vector<Outcome> outcomes_of(const std::vector<Validation>& validations,
                                 const fs::path& folder) {
  std::vector<Outcome> outcomes;
  for (const Validation& one : validations) {
    outcomes.push_back({&one, results_of(one, folder), svg_of(curves_of(one, folder)),
                        markdown_of_ledger(one, folder)});
  }
  return outcomes;
}

// Tables and pictures into the page, in place of what stood there.
void write_page(const fs::path& page, const std::vector<Outcome>& outcomes) {
  std::string text = read_text_file(page);
  const fs::path images = page.parent_path() / "images" / page.stem();
  make_folder(images);
  for (const Outcome& one : outcomes) {
    const std::string image = one.validation->id + ".svg";
    write_text_durably(images / image, one.picture);
    const std::string ledger = one.ledger.empty() ? "" : one.ledger + "\n";
    text = with_results(
        text, page.string(), one.validation->id,
        fmt::format("\n{}\n{}![{}](images/{}/{})\n\n", markdown_of_results(one.results), ledger,
                    one.validation->title, page.stem().string(), image));
  }
  write_text_durably(page, text);
}

struct Tally {
  std::size_t pass = 0, miss = 0, open = 0;
};

void tell(const Validation& validation, const std::vector<TargetResult>& results, Tally& tally) {
  fmt::print("{}  {}\n", validation.id, validation.title);
  for (const TargetResult& result : results) {
    fmt::print("  {:<5} {:<24} {}: measured {}, model {}, {} {}\n", to_string(result.verdict),
               result.experiment->name, result.target->name, measured_text(result),
               model_text(result), result.values.size(),
               result.values.size() == 1 ? "run" : "runs");
    (result.verdict == Verdict::pass   ? tally.pass
     : result.verdict == Verdict::miss ? tally.miss
                                       : tally.open) += 1;
  }
}

// The runs of one experiment.
struct Work {
  std::string name;  ///< "V5 no_drugs"
  RunStore store;
  Plan plan;
};

// A fault in the last config is told before the first run, with all the others.
std::vector<Work> plan_all(const std::vector<Validation>& validations, const fs::path& folder) {
  std::vector<Work> all;
  std::vector<Problem> problems;
  for (const Validation& validation : validations) {
    for (const Experiment& experiment : validation.experiments) {
      const std::string name = validation.id + " " + experiment.name;
      try {
        const RunStore store = store_of(folder, validation, experiment);
        const Plan plan = plan_of(experiment);
        const StateCounts counts = count_states(store, plan);
        if (counts.done < counts.all()) check_readouts(plan, Wanted::one_number);
        all.push_back({name, store, plan});
      } catch (const InputError& error) {
        for (Problem problem : error.problems()) {
          problem.where = problem.where.empty() ? name : name + ": " + problem.where;
          problems.push_back(std::move(problem));
        }
      }
    }
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  return all;
}

// Every run of every experiment; the exit code of the worst.
int do_runs(const std::vector<Work>& all, const StudyRunArguments& arguments) {
  int code = success;
  for (const Work& work : all) {
    if (arguments.dry_run) {
      fmt::print("{}\n{}", work.name, plan_text(work.plan, work.store, arguments.jobs));
      continue;
    }
    make_folder(work.store.folder());
    write_plan(work.store.plan_file(), work.plan);
    const int ended = run_plan(work.plan, work.store, arguments);
    if (ended == stopped_by_signal) return ended;
    if (ended != success) code = ended;
  }
  return code;
}

// The rows of validations that this command line did not ask for stay in the table.
CsvTable with_others(CsvTable table, const fs::path& folder,
                     const std::vector<Validation>& validations) {
  const fs::path path = folder / "validation.csv";
  if (!fs::exists(path)) return table;
  const CsvTable before = read_csv(path);
  if (before.header != table.header) return table;
  for (const std::vector<std::string>& row : before.rows) {
    if (std::ranges::find(validations, row.front(), &Validation::id) == validations.end()) {
      table.rows.push_back(row);
    }
  }
  return table;
}

int execute(const ValidateArguments& arguments) {
  catch_stop_signals();
  const std::vector<Validation> validations = asked_for(arguments);
  const fs::path folder = arguments.runs.folder_asked();
  check_page(arguments.page, validations);
  const int code = do_runs(plan_all(validations, folder), arguments.runs);
  if (arguments.runs.dry_run || code == stopped_by_signal) return code;
  CsvTable all;
  Tally tally;
  const std::vector<Outcome> outcomes = outcomes_of(validations, folder);
  for (const Outcome& one : outcomes) {
    const CsvTable table = table_of_results(*one.validation, one.results);
    all.header = table.header;
    all.rows.insert(all.rows.end(), table.rows.begin(), table.rows.end());
    tell(*one.validation, one.results, tally);
    write_text_durably(folder / (one.validation->id + ".svg"), one.picture);
  }
  write_text_durably(folder / "validation.csv", to_csv(with_others(all, folder, validations)));
  if (!arguments.page.empty()) write_page(arguments.page, outcomes);
  fmt::print("{} pass, {} miss, {} open; tables and pictures in {}\n", tally.pass, tally.miss,
             tally.open, folder.string());
  const bool missed = tally.miss > 0 || (!arguments.quick && tally.open > 0);
  return code == success && missed ? different : code;
}

}  // namespace

void add_validate(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<ValidateArguments>();
  CLI::App* command = app.add_subcommand(
      "validate", "Hold the model against experiments, with targets beside them");
  command->add_option("ID", arguments->ids, "validations, as V5; default: all of the folder");
  command
      ->add_option("--experiments", arguments->experiments,
                   "folder of validations; default configs/validation")
      ->type_name("DIR");
  command
      ->add_option("--set", arguments->set,
                   "set a value in every run, after those of the experiment; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--quick", arguments->quick,
                    "a tenth of the runs, at least 4 of each experiment; what is then undecided is "
                    "no miss");
  command
      ->add_option("--page", arguments->page,
                   "put tables and pictures into this Markdown page, between its marks")
      ->type_name("PAGE.md");
  arguments->runs.add_to(*command);
  command->footer(
      "Verdicts: pass, the model's mean lies in what was measured (95 %, or bounds); open, only "
      "its\n"
      "95 % interval does; miss. Exit code 1 if any target is missed or, but with --quick, open.\n"
      "The same command goes on where it was stopped.\n"
      "Example:\n  neurograft validate V5 V6 -o results/validation");
  command->callback([arguments, &exit_code] { exit_code = execute(*arguments); });
}

}  // namespace neurograft::command
