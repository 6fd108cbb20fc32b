#include <algorithm>
#include <vector>

#include <neurograft/study/validation_ledger.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

constexpr const char* by_cause = "donor_deaths_by_cause";

struct Share {
  std::string name;  ///< "alive", or a cause
  double percent = 0.0;
};

// Of the cells of one run, in the order of the file; none without a graft.
std::vector<Share> shares_in(const fs::path& results) {
  const std::vector<std::string> names{"donor_alive", "donor_injected", "donor_born", by_cause};
  const SeriesTable series = read_series(results, names);
  const auto last = [&](std::size_t column) { return series.columns[column].values.back(); };
  const double all = last(1) + last(2);
  std::vector<Share> shares;
  if (!(all > 0.0)) return shares;
  shares.push_back({"alive", 100.0 * last(0) / all});
  for (std::size_t column = 3; column < series.columns.size(); ++column) {
    const std::string& name = series.columns[column].name;
    shares.push_back({name.substr(name.find('.') + 1), 100.0 * last(column) / all});
  }
  return shares;
}

// The mean over the runs of an experiment that are done.
std::vector<Share> mean_shares(const Experiment& experiment, const RunStore& store) {
  std::vector<Share> sum;
  double runs = 0.0;
  const Plan plan = plan_of(experiment);
  for (const PlannedRun* run : plan.results()) {
    if (store.state(*run) != RunState::done) continue;
    const std::vector<Share> one = shares_in(store.results(*run));
    if (one.empty()) continue;
    sum.resize(one.size());
    for (std::size_t n = 0; n < one.size(); ++n) {
      sum[n] = {one[n].name, sum[n].percent + one[n].percent};
    }
    runs += 1.0;
  }
  for (Share& share : sum) share.percent /= runs;
  return sum;
}

double percent_of(const std::vector<Share>& shares, const std::string& name) {
  const auto found = std::ranges::find(shares, name, &Share::name);
  return found == shares.end() ? 0.0 : found->percent;
}

}  // namespace

std::string markdown_of_ledger(const Validation& validation, const fs::path& folder) {
  std::vector<std::pair<std::string, std::vector<Share>>> rows;
  std::vector<std::string> columns;
  for (const Experiment& experiment : validation.experiments) {
    std::vector<Share> shares = mean_shares(experiment, store_of(folder, validation, experiment));
    if (shares.empty()) continue;
    for (const Share& share : shares) {
      const bool known = std::ranges::find(columns, share.name) != columns.end();
      if (!known && share.percent > 0.0) columns.push_back(share.name);
    }
    rows.emplace_back(experiment.name, std::move(shares));
  }
  if (rows.empty()) return "";
  std::string text = "| donor cells at the end, % of injected and born |";
  std::string rule = "|---|";
  for (const std::string& name : columns) {
    text += fmt::format(" {} |", name == "alive" ? "alive" : "died: " + name);
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  for (const auto& [experiment, shares] : rows) {
    text += fmt::format("| {} |", experiment);
    for (const std::string& name : columns)
      text += fmt::format(" {:.3g} |", percent_of(shares, name));
    text += "\n";
  }
  return text;
}

}  // namespace neurograft
