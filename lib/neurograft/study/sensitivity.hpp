#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <neurograft/study/morris.hpp>
#include <neurograft/study/results.hpp>
#include <neurograft/study/sobol_indices.hpp>

/// Which inputs a readout depends on: a study whose points are chosen for that question.
namespace neurograft {

enum class SensitivityMethod { morris, sobol };

struct Sensitivity {
  Study study;  ///< its axes are the inputs
  SensitivityMethod method = SensitivityMethod::morris;
  std::size_t samples = 0;   ///< trajectories of Morris, base samples of Sobol'
  std::uint32_t levels = 8;  ///< of Morris
  Bootstrap bootstrap{.seed = 1};
};

/// Reads a study with a [sensitivity] section: method, trajectories and levels, or samples;
/// resamples, level. Throws InputError with all problems found.
Sensitivity read_sensitivity(const std::filesystem::path& path);

/// The points of the design in the unit cube, and the runs there.
UnitPoints points_of(const Sensitivity& sensitivity);
Plan plan_of(const Sensitivity& sensitivity);

/// One row per readout and input: of Morris mu, mu_star, sigma, mu_star_low, mu_star_high in units
/// of the readout for the whole range of the input; of Sobol' first, first_low, first_high, total,
/// total_low, total_high. Readouts are means over replicates. Throws InputError if a point has no
/// finished run, or a readout that is no number there.
CsvTable sensitivity_table(const Sensitivity& sensitivity, const StudyResults& results);

/// Writes sensitivity.csv beside the tables of `collect`.
std::vector<std::filesystem::path> write_sensitivity_table(const Sensitivity& sensitivity,
                                                           const Plan& plan, const RunStore& store);

}  // namespace neurograft
