#pragma once

#include <neurograft/core/parallel.hpp>
#include <neurograft/verification/check.hpp>

/// The immune response in cases with closed forms: the delay chain of four stages, mean d and
/// variance d^2 / 4; decay of antigen, effectors and antibody, and the memory they leave; priming
/// by constant antigen, which uses up its pool; cells that enter the brain at one rate and die
/// there at another (Bateman); HLA that relaxes to its target exponentially.
namespace neurograft::verification {

Checks immune_response_checks(Threads threads);

}  // namespace neurograft::verification
