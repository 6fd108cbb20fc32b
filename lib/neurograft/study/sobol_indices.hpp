#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/study/statistics.hpp>
#include <neurograft/study/unit_points.hpp>

/// Variance-based sensitivity: what share of an output's variance each input accounts for, when all
/// inputs vary independently over their distributions.
namespace neurograft {

/// Points for `sobol_indices`: for each base sample `dimensions` + 2 rows, one after the other: a
/// point a, an independent point b, then a with coordinate i taken from b, for each i (the radial
/// design of Saltelli et al. 2010, doi 10.1016/j.cpc.2009.09.018). a and b are the two halves of
/// one Sobol' sequence in 2 `dimensions`; take a power of two of base samples. The design of fewer
/// base samples is the beginning of this one. Throws InputError as `sobol_sequence` does.
UnitPoints saltelli_design(std::size_t base_samples, std::size_t dimensions, std::uint64_t seed);

/// Shares of the output's variance that one input accounts for [1], with percentile bootstrap
/// intervals over base samples. Estimates scatter about the true values, which lie in [0, 1] with
/// first <= total, and so may lie outside.
struct SobolIndex {
  double first = 0.0;  ///< alone: the variance that would go if this input were known
  double total = 0.0;  ///< alone and with others: what would remain if all others were known
  Interval first_interval;
  Interval total_interval;
};

/// Indices by dimension: first order by the estimator of Saltelli et al. 2010 (their table 2, b),
/// with outputs centred on the mean over a and b, total by that of Jansen 1999
/// (doi 10.1016/S0010-4655(98)00154-4), variance over a and b; intervals after Archer, Saltelli and
/// Sobol' 1997 (doi 10.1080/00949659708811825). These take base samples for independent: for the
/// sequence of `saltelli_design` they are several times too wide where the output is smooth.
/// `outputs` has one value for each row of a `saltelli_design`. An output that never varies owes
/// nothing to any input: all 0; so are the indices of a resample in which no a and b differ. Throws
/// InputError unless there are two base samples or more, whole, with finite outputs (the row is
/// named); where outputs differ but none of a and b do, since their variance is then not known; and
/// as `bootstrap_intervals` does.
std::vector<SobolIndex> sobol_indices(std::size_t dimensions, std::span<const double> outputs,
                                      const Bootstrap& bootstrap);

}  // namespace neurograft
