#include <algorithm>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/world/hazards.hpp>

namespace neurograft {

CauseHandle Hazards::declare(std::string name, Susceptibility susceptibility, State becomes) {
  for (std::uint32_t index = 0; index < causes_.size(); ++index) {
    if (causes_[index].name != name) continue;
    if (causes_[index].susceptibility != susceptibility || causes_[index].becomes != becomes) {
      throw Error("cause \"" + name + "\" was declared before with another meaning");
    }
    return {index};
  }
  Cause cause;
  cause.name = std::move(name);
  cause.deadly = becomes == State::dead;
  cause.becomes = becomes;
  cause.susceptibility = susceptibility;
  causes_.push_back(std::move(cause));
  return {static_cast<std::uint32_t>(causes_.size() - 1)};
}

std::span<double> Hazards::by_voxel(CauseHandle cause) {
  prepare(cause);
  causes_[cause.index].touched.mark_all();
  return causes_[cause.index].by_voxel;
}

void Hazards::prepare(CauseHandle cause) {
  Cause& its = causes_[cause.index];
  if (!its.by_voxel.empty()) return;
  its.by_voxel.resize(voxels_);
  its.touched = Touched(voxels_);
}

void Hazards::clear() {
  for (Cause& cause : causes_) {
    cause.by_state.fill(0.0);
    cause.touched.clear(std::span(cause.by_voxel));
  }
}

}  // namespace neurograft
