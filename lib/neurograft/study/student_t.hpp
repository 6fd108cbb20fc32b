#pragma once

#include <limits>
#include <span>

namespace neurograft {

/// Chance that a Student t of `degrees` degrees of freedom, not necessarily whole, lies further
/// from 0 than `t`: the two-sided p value. By the continued fraction of the incomplete beta
/// function (Abramowitz and Stegun 26.5.8 and 26.7.1). NaN for degrees <= 0 or a t that is NaN.
double two_sided_p(double t, double degrees) noexcept;

/// The t that is exceeded in magnitude with chance 1 - `level`, for an interval of that level.
double critical_t(double level, double degrees) noexcept;

/// p value of Welch's test for a difference between the means of two samples of two or more values
/// each; 1 if neither varies and they are equal, 0 if they differ; NaN if a value is.
double welch_p(std::span<const double> a, std::span<const double> b) noexcept;

/// p value of the slope of a straight line through the points; 1 if x or y do not vary, or if there
/// are fewer than three.
double slope_p(std::span<const double> x, std::span<const double> y) noexcept;

/// A mean, or a difference of means, with its confidence interval by Student's t; NaN where there
/// are too few values: none for the mean, fewer than two (of each) for the interval.
struct MeanEstimate {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};
MeanEstimate mean_with_interval(std::span<const double> values, double level);

/// Mean of `a` minus that of `b`, independent samples with variances of their own (Welch 1947,
/// doi 10.1093/biomet/34.1-2.28).
MeanEstimate difference_with_interval(std::span<const double> a, std::span<const double> b,
                                      double level);

}  // namespace neurograft
