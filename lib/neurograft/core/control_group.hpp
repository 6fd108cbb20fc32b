#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace neurograft {

/// What the control groups, of version 1 or 2, of this process allow it: containers, batch systems
/// and service managers set such limits. The smallest along the way from its own group to the root
/// holds.
struct ControlGroupLimits {
  std::optional<double> processors;           ///< processor time per time; may be a fraction
  std::optional<std::uint64_t> memory_bytes;  ///< that it may still take
};

/// Reads the limits. `system` and `own` stand for /sys/fs/cgroup and /proc/self/cgroup in tests.
/// What cannot be read does not limit.
ControlGroupLimits control_group_limits(const std::filesystem::path& system = "/sys/fs/cgroup",
                                        const std::filesystem::path& own = "/proc/self/cgroup");

}  // namespace neurograft
