#pragma once

#include <cstdint>
#include <string>

namespace neurograft {

/// Empty if this processor has what the library was compiled for (x86-64-v3), else the names of
/// the missing features. Compiled for the baseline, so that it can run anywhere and say so.
std::string missing_processor_features();

/// The processor's own name for itself, for provenance.
std::string processor_name();

/// Memory that this process may still take [byte]: what the system has free, or less where a
/// control group limits it; 0 if that cannot be known.
std::uint64_t available_memory_bytes();

}  // namespace neurograft
