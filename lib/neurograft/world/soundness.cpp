#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <neurograft/world/soundness.hpp>

namespace neurograft {
namespace {

constexpr double rounding = 4.0 * std::numeric_limits<float>::epsilon();

bool is_known(Kind kind, State state) noexcept {
  if (static_cast<std::size_t>(kind) >= kind_count) return false;
  if (static_cast<std::size_t>(state) >= state_count) return false;
  return state == State::dead || (kind == donor) == (state < State::searching);
}

// Within the image, but for rounding of positions, which decides on the side of a face too.
bool is_inside(const Geometry& geometry, float x, float y, float z) noexcept {
  const auto within = [&geometry](float position, std::size_t axis) {
    const double width = geometry.size[axis] * geometry.spacing_mm[axis];
    return position >= 0.0F && static_cast<double>(position) <= width * (1.0 + rounding);
  };
  return within(x, 0) && within(y, 1) && within(z, 2);
}

bool is_voxel_of(const Grid& grid, State state, VoxelIndex voxel) noexcept {
  if (voxel >= grid.size()) return false;
  if (state == State::suspended || state == State::attaching) {
    return grid.label(voxel) == Label::ventricle;
  }
  return voxel < grid.parenchyma_size();
}

// Null: nothing.
const char* fault_of_agent(const World& world, std::size_t slot) noexcept {
  const Agents& agents = world.agents();
  const Grid& grid = world.grid();
  const State state = agents.state()[slot];
  if (!is_known(agents.kind()[slot], state)) return "has an unknown kind or state";
  if (agents.id()[slot] >= world.next_id()) return "has an id that was not given yet";
  if (state == State::dead) return nullptr;
  if (std::int64_t{agents.birth()[slot]} > world.tick()) return "has a birth to come";
  if (!is_voxel_of(grid, state, agents.voxel()[slot])) return "has no voxel of its kind";
  if (!is_inside(grid.geometry(), agents.x()[slot], agents.y()[slot], agents.z()[slot])) {
    return "has a place outside the image";
  }
  return nullptr;
}

bool is_amount(double x) noexcept {
  return x >= 0.0 && std::isfinite(x);
}

std::string unsound_hazard(const World& world) {
  for (const Hazards::Cause& cause : world.hazards().causes()) {
    if (std::ranges::all_of(cause.by_state, is_amount) &&
        std::ranges::all_of(cause.by_voxel, is_amount)) {
      continue;
    }
    return "a hazard of " + cause.name + " is negative or not finite";
  }
  return {};
}

std::string unsound_array(const World& world) {
  for (const NamedArrays* arrays : {&world.tissue(), &world.fields(), &world.compartments()}) {
    for (const NamedArrays::Entry& entry : arrays->entries()) {
      const bool may_be_negative = entry.may_be_negative;
      const auto sound = [may_be_negative](double x) {
        return may_be_negative ? std::isfinite(x) : is_amount(x);
      };
      if (std::ranges::all_of(entry.values, sound)) continue;
      return entry.name + " has a value that is not finite, or negative";
    }
  }
  return {};
}

std::string unsound_agent(const World& world) {
  for (std::size_t slot = 0; slot < world.agents().size(); ++slot) {
    if (const char* fault = fault_of_agent(world, slot); fault != nullptr) {
      return "agent in slot " + std::to_string(slot) + " " + fault;
    }
  }
  return {};
}

}  // namespace

std::string unsound(const World& world) {
  for (const auto& look : {unsound_agent, unsound_hazard, unsound_array}) {
    if (std::string fault = look(world); !fault.empty()) return fault;
  }
  return {};
}

}  // namespace neurograft
