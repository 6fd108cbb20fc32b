#include <algorithm>
#include <array>
#include <vector>

#include <neurograft/model/donor_readouts.hpp>
#include <neurograft/model/readouts.hpp>
#include <neurograft/model/safety_readouts.hpp>

namespace neurograft {
namespace {

constexpr unsigned low_bits = 16;  // a bucket's counts stay in the second-level cache

}  // namespace

std::uint64_t largest_clone(const Agents& agents, Threads threads) {
  const Kind* const kind = agents.kind().data();
  const State* const state = agents.state().data();
  const AgentId* const clone = agents.clone().data();
  std::vector<std::vector<AgentId>> found((agents.size() + agent_block - 1) / agent_block);
  std::vector<std::uint8_t> suspended(found.size());
  parallel_for(threads, agents.size(), agent_block, [&](std::size_t begin, std::size_t end) {
    std::array<AgentId, agent_block> clones;
    std::size_t count = 0;
    bool any_suspended = false;
    for (std::size_t slot = begin; slot < end; ++slot) {
      if (kind[slot] != Kind::donor || state[slot] == State::dead) continue;
      const bool in_tissue = is_in_tissue(state[slot]);
      clones[count] = clone[slot];
      count += in_tissue ? 1 : 0;
      any_suspended = any_suspended || !in_tissue;
    }
    found[begin / agent_block].assign(clones.begin(), clones.begin() + count);
    suspended[begin / agent_block] = any_suspended ? 1 : 0;
  });
  // Clones are dealt into buckets by their high bits, then counted bucket by bucket.
  std::vector<std::size_t> starts((std::size_t{1} << (32U - low_bits)) + 1);
  for (const auto& block : found) {
    for (const AgentId id : block) ++starts[(id >> low_bits) + 1];
  }
  for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
  std::vector<std::uint16_t> dealt(starts.back());
  std::vector<std::size_t> next(starts.begin(), starts.end() - 1);
  for (const auto& block : found) {
    for (const AgentId id : block) {
      dealt[next[id >> low_bits]++] = static_cast<std::uint16_t>(id & 0xffffU);
    }
  }
  // Buckets in shares: each share counts on its own.
  constexpr std::size_t share = 16;
  const std::size_t buckets = starts.size() - 1;
  const double most =
      blocked_max(threads, buckets, share, 0.0, [&](std::size_t first, std::size_t last) -> double {
        if (starts[first] == starts[last]) return 0.0;
        std::uint32_t largest = 0;
        std::vector<std::uint32_t> counts(std::size_t{1} << low_bits);
        for (std::size_t bucket = first; bucket < last; ++bucket) {
          const auto begin = dealt.begin() + static_cast<std::ptrdiff_t>(starts[bucket]);
          const auto end = dealt.begin() + static_cast<std::ptrdiff_t>(starts[bucket + 1]);
          for (auto id = begin; id != end; ++id) largest = std::max(largest, ++counts[*id]);
          for (auto id = begin; id != end; ++id) counts[*id] = 0;
        }
        return largest;
      });
  const bool any_suspended = std::ranges::find(suspended, 1) != suspended.end();
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(most), any_suspended ? 1 : 0);
}

double peak_donor_density(const World& world, double wall_layer_mm, Threads threads) {
  const auto attached = world.occupancy().of(Crowd::donor_attached);
  const auto tissue = world.occupancy().of(Crowd::donor_tissue);
  const auto& h = world.grid().geometry().spacing_mm;
  const double sliver = 0.25 * std::min({h[0] * h[1], h[1] * h[2], h[0] * h[2]});
  const double volume = world.grid().voxel_volume_mm3();
  return blocked_max(
      threads, attached.size(), voxel_block, 0.0, [&](std::size_t begin, std::size_t end) {
        double peak = 0.0;
        for (std::size_t v = begin; v < end; ++v) {
          double density = tissue[v] / volume;
          if (attached[v] > 0) {
            const double area = std::max(sliver, world.wall().area_mm2(static_cast<VoxelIndex>(v)));
            density += attached[v] / (area * wall_layer_mm);
          }
          peak = std::max(peak, density);
        }
        return peak;
      });
}

void add_safety_readouts(const World& world, ReadoutTable& readouts,
                         const ReadoutsParameters& parameters) {
  readouts.add(
      {"donor_dividing", "cell", "active donor stem cells: those that can divide", {}},
      [](const World& now, Threads threads, std::span<double> out) {
        const Agents& agents = now.agents();
        const auto counts = count_agents(agents, threads, 1, [&](std::size_t slot) -> std::size_t {
          return agents.kind()[slot] == Kind::donor && agents.state()[slot] == State::active ? 0
                                                                                             : 1;
        });
        out[0] = static_cast<double>(counts[0]);
      });
  readouts.add({"largest_clone", "cell", "living donor cells of the most numerous clone", {}},
               [](const World& now, Threads threads, std::span<double> out) {
                 out[0] = static_cast<double>(largest_clone(now.agents(), threads));
               });
  readouts.add(
      {"peak_donor_density", "cell/mm3", "highest local density of donor cells", {}},
      [layer = parameters.wall_layer_mm](const World& now, Threads threads, std::span<double> out) {
        out[0] = peak_donor_density(now, layer, threads);
      });
  if (!world.maps().contains("aqueduct_distance")) return;
  readouts.add(
      {"donor_near_aqueduct", "cell", "donor cells in tissue near the aqueduct", {}},
      [distance = world.maps().find("aqueduct_distance"), reach = parameters.aqueduct_reach_mm](
          const World& now, Threads threads, std::span<double> out) {
        const Agents& agents = now.agents();
        const auto mm = now.maps()[distance];
        const auto counts = count_agents(agents, threads, 1, [&](std::size_t slot) -> std::size_t {
          return agents.kind()[slot] == Kind::donor && is_in_tissue(agents.state()[slot]) &&
                         mm[agents.voxel()[slot]] <= reach
                     ? 0
                     : 1;
        });
        out[0] = static_cast<double>(counts[0]);
      });
}

}  // namespace neurograft
