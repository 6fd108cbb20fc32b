#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include <neurograft/core/math.hpp>
#include <neurograft/model/walkers.hpp>

namespace neurograft {
namespace {

// Block of a walk's draws that says whether a cell gets into slower surroundings; block 0 has the
// six normals.
constexpr std::uint32_t admission_block = 1;

// Fixed point of 16 bits. Truncation rounds what is not negative; it vectorises, as floor does not.
std::int32_t pack_heading(float heading) {
  const auto above = static_cast<std::int32_t>(heading * heading_scale + 32768.5F);
  return std::min(std::max(above, 1), 65535) - 32768;
}

}  // namespace

PersistentWalk PersistentWalk::make(double diffusivity, double persistence_d, double dt_d) {
  const double a = dt_d / persistence_d;
  const double keep = math::exp(-a);
  const double lost = -math::expm1(-a);  // 1 - E
  // For small a the closed form cancels; its series is 2 a^3 / 3 - a^4 / 2 + 7 a^5 / 30.
  const double variance = a < 1e-2 ? a * a * a * (2.0 / 3.0 - a * (0.5 - a * 7.0 / 30.0))
                                   : 2.0 * a - 3.0 + 4.0 * keep - keep * keep;
  PersistentWalk walk;
  walk.scale = std::sqrt(diffusivity * persistence_d);
  walk.carry = lost;
  walk.spread = std::sqrt(variance);
  walk.keep = keep;
  walk.heading_x = variance > 0.0 ? lost * lost / walk.spread : 0.0;
  const double rest = lost * (1.0 + keep) - walk.heading_x * walk.heading_x;
  walk.heading_own = std::sqrt(std::max(0.0, rest));
  return walk;
}

Walkers::Walkers(Agents& agents, const Grid& grid, const PersistentWalk& walk, const Stream& stream,
                 std::function<float(VoxelIndex)> scale_at)
    : agents_(agents),
      grid_(grid),
      stream_(stream),
      scale_at_(std::move(scale_at)),
      coefficients_{.carry = static_cast<float>(walk.scale * walk.carry),
                    .spread = static_cast<float>(walk.scale * walk.spread),
                    .keep = static_cast<float>(walk.keep),
                    .heading_x = static_cast<float>(walk.heading_x),
                    .heading_own = static_cast<float>(walk.heading_own)} {
  const auto& spacing = grid.geometry().spacing_mm;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    inverse_spacing_[axis] = static_cast<float>(1.0 / spacing[axis]);
    inverse_finest_ = std::max(inverse_finest_, inverse_spacing_[axis]);
  }
}

// Most lanes have the motion of the one before: it is written to all that follow, at once.
void Walkers::spread_from(std::size_t lane, const LocalMotion& local) {
  for (; lane < lanes; ++lane) {
    scale_[lane] = local.scale;
    across_[lane] = local.across;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      fibre_[axis][lane] = local.fibre[axis];
      drift_[axis][lane] = local.drift[axis];
    }
  }
}

void Walkers::finish() {
  if (count_ == 0) return;
  // Slots in a row are loaded and stored as rows.
  const std::size_t first = slot_[0];
  const bool in_a_row = count_ == lanes && slot_[lanes - 1] - first == lanes - 1;
  const auto row = [first](std::size_t lane) { return first + lane; };
  // Lanes without a walker repeat the first.
  for (std::size_t lane = count_; lane < lanes; ++lane) slot_[lane] = first;
  const auto listed = [this](std::size_t lane) { return slot_[lane]; };
  in_a_row ? load(row) : load(listed);
  draw();
  turn_and_drift();
  arrive();
  std::int32_t any_leaves = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    any_leaves |= leaves_[lane] | static_cast<std::int32_t>(longest_[lane] >= 1.0F);
  }
  if (in_a_row && any_leaves == 0) {
    store_row(first);
  } else {
    for (std::size_t lane = 0; lane < count_; ++lane) settle(lane);
  }
  count_ = 0;
  local_of_ = no_voxel;
}

template <class SlotOf>
void Walkers::load(SlotOf slot_of) {
  const auto column = [&](auto values, auto* __restrict to, auto convert) {
    const auto* const from = values.data();
    for (std::size_t lane = 0; lane < lanes; ++lane) to[lane] = convert(from[slot_of(lane)]);
  };
  const auto same = [](auto x) { return x; };
  const auto unpacked = [](std::int16_t x) {
    return static_cast<float>(x) * (1.0F / heading_scale);
  };
  column(agents_.id(), id_.data(), same);
  column(agents_.x(), from_[0].data(), same);
  column(agents_.y(), from_[1].data(), same);
  column(agents_.z(), from_[2].data(), same);
  column(agents_.heading_x(), heading_[0].data(), unpacked);
  column(agents_.heading_y(), heading_[1].data(), unpacked);
  column(agents_.heading_z(), heading_[2].data(), unpacked);
}

// One axis of the step of all lanes; new headings in fixed point of 16 bits.
void Walkers::step_axis(const Coefficients& c, const float* heading, const float* x, const float* v,
                        float* __restrict move, std::int32_t* __restrict packed) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const float h = heading[lane];
    move[lane] = c.carry * h + c.spread * x[lane];
    const float turned = c.keep * h + c.heading_x * x[lane] + c.heading_own * v[lane];
    packed[lane] = pack_heading(turned);
  }
}

// Turns headings into moves and new headings.
void Walkers::draw() {
  LaneBlocks blocks;
  stream_.blocks(id_, 0, blocks);
  std::array<LaneWords, 6> words;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const auto six = math::words_of_three_pairs(blocks.word[0][lane], blocks.word[1][lane],
                                                blocks.word[2][lane], blocks.word[3][lane]);
    for (std::size_t n = 0; n < 6; ++n) words[n][lane] = six[n];
  }
  for (std::size_t axis = 0; axis < 3; ++axis) {
    Lanes<float> x, v;
    math::normal_pairs(words[axis].data(), words[axis + 3].data(), lanes, x.data(), v.data());
    step_axis(coefficients_, heading_[axis].data(), x.data(), v.data(), move_[axis].data(),
              packed_[axis].data());
  }
}

void Walkers::turn_and_drift() {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const float along = move_[0][lane] * fibre_[0][lane] + move_[1][lane] * fibre_[1][lane] +
                        move_[2][lane] * fibre_[2][lane];
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const float parallel = along * fibre_[axis][lane];
      const float turned = parallel + across_[lane] * (move_[axis][lane] - parallel);
      move_[axis][lane] = pace_[lane] * scale_[lane] * turned + drift_[axis][lane];
    }
  }
}

void Walkers::arrive() {
  longest_.fill(0.0F);
  leaves_.fill(0);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const float inverse = inverse_spacing_[axis];
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const float step = move_[axis][lane];
      const float end = from_[axis][lane] + step;
      to_[axis][lane] = end;
      const float size = (step < 0.0F ? -step : step) * inverse_finest_;
      longest_[lane] = longest_[lane] < size ? size : longest_[lane];
      // The start is inside the grid, so that truncation errs for ends outside it alone.
      const auto before = static_cast<std::int32_t>(from_[axis][lane] * inverse);
      const auto after = static_cast<std::int32_t>(end * inverse);
      leaves_[lane] |= (before ^ after) | static_cast<std::int32_t>(end < 0.0F);
    }
  }
}

void Walkers::store_row(std::size_t first) {
  const auto column = [first](auto values, const auto& from) {
    auto* __restrict const to = values.data() + first;
    const auto* const lane_values = from.data();
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      to[lane] = static_cast<std::remove_reference_t<decltype(to[0])>>(lane_values[lane]);
    }
  };
  column(agents_.x(), to_[0]);
  column(agents_.y(), to_[1]);
  column(agents_.z(), to_[2]);
  column(agents_.heading_x(), packed_[0]);
  column(agents_.heading_y(), packed_[1]);
  column(agents_.heading_z(), packed_[2]);
}

// Follows the move of a lane from voxel to voxel, into `to_` at its end; no_voxel if it is not
// made.
VoxelIndex Walkers::follow(std::size_t lane) {
  const std::size_t slot = slot_[lane];
  const auto& spacing = grid_.geometry().spacing_mm;
  VoxelIndex voxel = agents_.voxel()[slot];
  auto cell = grid_.coordinates(voxel);
  std::array<double, 3> at{};
  for (std::size_t axis = 0; axis < 3; ++axis) at[axis] = from_[axis][lane];
  double scale = scale_[lane];
  double pace = 1.0;       // scale here over that at the start
  double admission = 1.0;  // chance of the way so far
  double left = 1.0;       // of the move
  bool changed = false;    // whether the pace was another anywhere
  for (;;) {
    // The face that is reached first.
    double way = left;
    std::size_t face = 6;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double move = double{move_[axis][lane]} * pace;
      if (move == 0.0) continue;
      const bool up = move > 0.0;
      const double share = ((cell[axis] + (up ? 1 : 0)) * spacing[axis] - at[axis]) / move;
      if (share >= way) continue;
      way = std::max(share, 0.0);
      face = 2 * axis + (up ? 1 : 0);
    }
    for (std::size_t axis = 0; axis < 3; ++axis) at[axis] += way * pace * move_[axis][lane];
    if (face == 6) break;
    left -= way;
    voxel = grid_.neighbours(voxel)[face];
    if (voxel >= grid_.parenchyma_size()) return no_voxel;
    cell[face / 2] += face % 2 == 0 ? -1 : 1;
    if (!scale_at_) continue;
    const double there = scale_at_(voxel);
    if (there == scale) continue;
    if (there == 0.0) return no_voxel;
    changed = true;
    admission *= std::min(1.0, there / scale);
    pace *= there / scale;
    scale = there;
  }
  if (admission < 1.0) {
    const Block words = stream_.block(agents_.id()[slot], admission_block);
    if (math::uniform(words[0]) >= admission) return no_voxel;
  }
  // Where nothing changed on the way the end is that of the straight move, to the bit.
  if (changed) {
    for (std::size_t axis = 0; axis < 3; ++axis) to_[axis][lane] = static_cast<float>(at[axis]);
  }
  const VoxelIndex end = grid_.voxel_at(to_[0][lane], to_[1][lane], to_[2][lane]);
  return end < grid_.parenchyma_size() ? end : no_voxel;
}

// Makes the move if its path stays in tissue and is admitted; else the cell stays and turns back.
void Walkers::settle(std::size_t lane) {
  const std::size_t slot = slot_[lane];
  std::int32_t sign = 1;
  if (leaves_[lane] != 0 || longest_[lane] >= 1.0F) {
    const VoxelIndex end = follow(lane);
    if (end == no_voxel) {
      sign = -1;
    } else {
      agents_.voxel()[slot] = end;
    }
  }
  if (sign > 0) {
    agents_.x()[slot] = to_[0][lane];
    agents_.y()[slot] = to_[1][lane];
    agents_.z()[slot] = to_[2][lane];
  }
  agents_.heading_x()[slot] = static_cast<std::int16_t>(sign * packed_[0][lane]);
  agents_.heading_y()[slot] = static_cast<std::int16_t>(sign * packed_[1][lane]);
  agents_.heading_z()[slot] = static_cast<std::int16_t>(sign * packed_[2][lane]);
}

}  // namespace neurograft
