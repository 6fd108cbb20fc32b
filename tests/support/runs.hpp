#pragma once

#include <map>
#include <string>
#include <vector>

#include <neurograft/io/config.hpp>
#include <neurograft/scenario/build.hpp>

/// Whole simulations for tests, small enough to run in seconds.
namespace neurograft::test {

using Settings = std::vector<std::string>;

inline Config config_of(const std::string& name, const Settings& settings = {}) {
  Config config = Config::from_file(std::string(NEUROGRAFT_CONFIGS) + "/" + name + ".toml");
  for (const std::string& setting : settings) config.set_text(setting);
  return config;
}

/// Runs a config of `configs/` to its end, without output.
inline Simulation run(const std::string& name, const Settings& settings = {},
                      Threads threads = {2}) {
  const Scenario scenario = prepare(config_of(name, settings));
  Simulation simulation = build(scenario, threads);
  simulation.run_until(scenario.end_day());
  return simulation;
}

/// All values of a readout at the present day.
inline std::map<std::string, double> values(const Simulation& simulation, const std::string& name) {
  const auto& readouts = simulation.readouts().readouts();
  for (std::size_t index = 0; index < readouts.size(); ++index) {
    const Readout& readout = readouts[index];
    if (readout.name != name) continue;
    std::vector<double> numbers(readout.size());
    simulation.readouts().evaluate(index, simulation.world(), simulation.threads(), numbers);
    std::map<std::string, double> result;
    for (std::size_t n = 0; n < numbers.size(); ++n) {
      result[readout.dimensions.empty() ? "" : readout.dimensions[0].labels.at(n)] = numbers[n];
    }
    return result;
  }
  throw Error("no readout " + name);
}

}  // namespace neurograft::test
