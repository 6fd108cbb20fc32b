#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <neurograft/core/error.hpp>
#include <neurograft/core/wide.hpp>
#include <neurograft/engine/guard.hpp>

namespace neurograft {
namespace {

bool is_sound(double x, bool may_be_negative) noexcept {
  constexpr double largest = std::numeric_limits<double>::max();
  return x <= largest && x >= (may_be_negative ? -largest : 0.0);
}

// Zero times a value is zero, but for what is not finite: two operations do for four values.
bool are_sound(const double* values, std::size_t count, bool may_be_negative) noexcept {
  constexpr std::size_t rows = 4;
  constexpr std::size_t at_once = rows * wide_lanes;
  bool sound = true;
  std::size_t i = 0;
  if (count >= at_once) {
    Wide zeros[rows] = {};
    Wide least[rows] = {};
    for (; i + at_once <= count; i += at_once) {
      for (std::size_t row = 0; row < rows; ++row) {
        const Wide x = load(values + i + row * wide_lanes);
        zeros[row] = fused(x, wide_zero, zeros[row]);
        least[row] = __builtin_ia32_minpd256(x, least[row]);
      }
    }
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t lane = 0; lane < wide_lanes; ++lane) {
        sound = sound && zeros[row][lane] == 0.0 && (may_be_negative || least[row][lane] >= 0.0);
      }
    }
  }
  for (; i < count; ++i) sound = sound && is_sound(values[i], may_be_negative);
  return sound;
}

[[noreturn]] void fail(const World& world, const NamedArrays::Entry& entry,
                       const std::string& process, bool by_voxel) {
  const auto wrong = std::ranges::find_if_not(
      entry.values, [&entry](double x) { return is_sound(x, entry.may_be_negative); });
  const auto place = wrong - entry.values.begin();
  const std::string name = by_voxel || entry.values.size() == 1
                               ? entry.name
                               : entry.name + "[" + std::to_string(place) + "]";
  throw NumericalError(process.empty() ? "unknown process" : process, name, by_voxel ? place : -1,
                       world.tick(), "is " + shown(*wrong));
}

using Entries = std::vector<const NamedArrays::Entry*>;

// Arrays over voxels, all in one go: handing blocks to threads costs more than reading a block.
void check_voxels(const World& world, const Entries& entries, Threads threads) {
  if (entries.empty()) return;
  const std::size_t voxels = world.grid().parenchyma_size();
  parallel_for(threads, voxels, voxel_block, [&](std::size_t begin, std::size_t end) {
    for (const NamedArrays::Entry* entry : entries) {
      if (are_sound(entry->values.data() + begin, end - begin, entry->may_be_negative)) continue;
      fail(world, *entry, entry->owner, true);
    }
  });
}

void check_agents(const World& world, Threads threads) {
  const Agents& agents = world.agents();
  parallel_for(threads, agents.size(), agent_block, [&](std::size_t begin, std::size_t end) {
    for (std::size_t slot = begin; slot < end; ++slot) {
      if (agents.state()[slot] == State::dead) continue;
      const float sum = agents.x()[slot] + agents.y()[slot] + agents.z()[slot];
      if (sum >= 0.0F && std::isfinite(sum)) continue;
      throw NumericalError("agents", "position of agent " + std::to_string(agents.id()[slot]),
                           agents.voxel()[slot], world.tick(), "is not in the grid");
    }
  });
}

}  // namespace

void Guard::take_over(World& world, const std::string& process) {
  Owned owned{process, {}, {}};
  const std::size_t voxels = world.grid().parenchyma_size();
  const auto take = [&process, voxels](NamedArrays& arrays, std::vector<ArrayHandle>* handles) {
    auto& entries = arrays.entries();
    for (std::uint32_t index = 0; index < entries.size(); ++index) {
      if (!entries[index].owner.empty()) continue;
      entries[index].owner = process;
      if (handles != nullptr && entries[index].values.size() == voxels) handles->push_back({index});
    }
  };
  take(world.tissue(), &owned.tissue);
  take(world.fields(), &owned.fields);
  take(world.compartments(), nullptr);
  stages_.push_back(std::move(owned));
}

void Guard::locate(const World& world) {
  compartments_.clear();
  for (const NamedArrays::Entry& entry : world.compartments().entries()) {
    compartments_.push_back({entry.values.data(), static_cast<std::uint32_t>(entry.values.size()),
                             entry.may_be_negative});
  }
}

void Guard::check_step(const World& world, std::size_t stage, Threads threads) const {
  const Owned& owned = stages_[stage];
  Entries entries;
  for (const ArrayHandle array : owned.tissue) {
    entries.push_back(&world.tissue().entries()[array.index]);
  }
  for (const ArrayHandle array : owned.fields) {
    entries.push_back(&world.fields().entries()[array.index]);
  }
  check_voxels(world, entries, threads);
  for (const Compartment& its : compartments_) {
    if (are_sound(its.values, its.count, its.may_be_negative)) continue;
    const auto index = static_cast<std::size_t>(&its - compartments_.data());
    fail(world, world.compartments().entries()[index], owned.process, false);
  }
}

void Guard::check_all(const World& world, Threads threads) {
  Entries by_voxel;
  for (const NamedArrays* arrays : {&world.tissue(), &world.fields(), &world.compartments()}) {
    const bool in_tissue = arrays != &world.compartments();
    for (const NamedArrays::Entry& entry : arrays->entries()) {
      if (in_tissue && entry.values.size() == world.grid().parenchyma_size()) {
        by_voxel.push_back(&entry);
      } else if (!are_sound(entry.values.data(), entry.values.size(), entry.may_be_negative)) {
        fail(world, entry, entry.owner, false);
      }
    }
  }
  check_voxels(world, by_voxel, threads);
  check_agents(world, threads);
}

}  // namespace neurograft
