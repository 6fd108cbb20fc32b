#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/core/parallel.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/io/config.hpp>
#include <neurograft/io/config_check.hpp>

/// @file
/// From a config to a simulation that is ready to run.
namespace neurograft {

/// Every section that a config may have: run, brain, host, graft, drugs, processes, fields, output.
/// Tables of a program's own processes are not among them: `prepare` takes those.
NEUROGRAFT_API std::vector<ParameterTable> parameter_tables();

/// What a run will cost.
struct Estimate {
  double memory_bytes = 0.0;  ///< peak
  double disk_bytes = 0.0;    ///< results and checkpoint
  double seconds = 0.0;       ///< wall time, order of magnitude
};

/// A config that was read, checked and found good, with all it refers to: brain, lesions, events.
/// Cheap to copy; building from it twice gives two independent simulations. Comes from `prepare`;
/// one made by default holds nothing and may only be assigned to.
class NEUROGRAFT_API Scenario {
 public:
  const ResolvedConfig& resolved() const noexcept;  ///< all values, defaults included
  const LabelMap& brain() const noexcept;           ///< at the resolution of the run
  double start_day() const noexcept;                ///< of the first record [d]
  double end_day() const noexcept;                  ///< of the last record [d]
  const std::string& title() const noexcept;        ///< may be empty
  Estimate estimate() const;  ///< by cells, voxels and days; knows of no threads

  /// What will be run, in a few lines: brain, host, graft, drugs, lesions.
  std::string summary_text() const;

  /// Files that were read, for provenance.
  const std::vector<std::filesystem::path>& inputs() const noexcept;

 private:
  struct Parts;
  std::shared_ptr<const Parts> parts_;

  friend Scenario prepare(const Config& config, std::vector<ParameterTable> further);
  friend Simulation build(const Scenario& scenario, Threads threads);
};

/// Reads and checks everything that a run would read. Throws InputError with all problems found.
/// `further` are tables of a program's own processes, whose sections the config may then have.
NEUROGRAFT_API Scenario prepare(const Config& config, std::vector<ParameterTable> further = {});

/// The same as far as values and the presence of files go, without reading images: quick enough for
/// the thousands of configs of a study. Throws InputError with all problems found.
NEUROGRAFT_API ResolvedConfig check_values(const Config& config,
                                           std::vector<ParameterTable> further = {});

/// A simulation at `start_d`, with every enabled process, without recorders.
NEUROGRAFT_API Simulation build(const Scenario& scenario, Threads threads = available_threads());
/// The same from a config that `prepare` has not seen. Throws InputError with all problems found.
NEUROGRAFT_API Simulation build(const Config& config, Threads threads = available_threads());

}  // namespace neurograft
