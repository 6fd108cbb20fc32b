#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <neurograft/io/config.hpp>

/// What was measured, and how far a simulation is from it. A file of targets is a TOML of entries:
///
///     [[target]]
///     readout = "donor_alive"     # a readout with one value per record
///     per = "donor_injected"      # optional: divided by this readout of the same day
///     at_d = 30.0
///     value = 0.45
///     error = 0.05                # standard error of the value
///     n = 6                       # animals or patients, if known
///     source = "Author 2020, doi 10.1000/example"
///
///     [[target]]
///     kind = "binomial"           # so many of n had the event
///     readout = "donor_alive"
///     per = "donor_injected"
///     below = 0.1                 # the event: value below (or `above`) this; without it the
///     at_d = 90.0                 # value itself is an event, 0 or 1, or a probability
///     successes = 9
///     n = 13
///     source = "..."
namespace neurograft {

enum class TargetKind { normal, binomial };

/// One measured value.
struct Target {
  TargetKind kind = TargetKind::normal;
  std::string readout;          ///< simulated counterpart
  std::string per;              ///< readout to divide it by; empty if none
  std::optional<double> above;  ///< the event is a value above this
  std::optional<double> below;  ///< the event is a value below this
  double day = 0.0;             ///< [d] from injection
  double value = 0.0;           ///< measured; for a binomial target the share successes / n
  double error = 0.0;           ///< its standard error, > 0
  std::int64_t n = 0;           ///< animals or patients; 0 if not known
  std::string source;           ///< where it was published
};

/// Reads all `[[target]]` entries. Throws InputError with all that is wrong, each with its line:
/// unknown, missing or contradictory keys, numbers out of range, a target without a source, no
/// targets.
std::vector<Target> read_targets(const Config& config);

/// Readouts and days that targets are compared with, "donor_alive@30", each once.
std::vector<std::string> readouts_of(std::span<const Target> targets);

/// Standard error of the share k / n: sqrt(p (1 - p) / n) at p = (k + 1/2) / (n + 1). The half
/// (mean under Jeffreys' prior; Brown, Cai & DasGupta 2001, doi 10.1214/ss/1009213286) keeps it
/// above 0 where none or all had the event.
double binomial_error(std::int64_t successes, std::int64_t n) noexcept;

/// The target's counterpart in one run: `readout`, divided by `per` if the target has one, or 1 and
/// 0 for an event that occurred or did not. Not finite if the numbers are not. Over several runs of
/// the same parameters its mean goes into `distance`.
double simulated_value(const Target& target, double readout, double per = 1.0) noexcept;

/// sqrt(mean of ((simulated - value) / error)^2) over all targets: 1 if a simulation is off by one
/// standard error each. +infinity if a simulated value is not finite. Throws Error without targets
/// or if the numbers of targets and values differ.
double distance(std::span<const Target> targets, std::span<const double> simulated);

}  // namespace neurograft
