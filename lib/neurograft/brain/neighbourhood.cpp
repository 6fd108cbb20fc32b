#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>

#include <neurograft/brain/distance.hpp>
#include <neurograft/brain/neighbourhood.hpp>

namespace neurograft {
namespace {

/// Smallest distance first, then smallest index: a total order, so results are unique.
using Frontier = std::priority_queue<std::pair<double, std::size_t>,
                                     std::vector<std::pair<double, std::size_t>>, std::greater<>>;

/// The voxels between component `start` and `goal` on the cheapest way; none if every way costs
/// more than `limit`.
std::optional<std::vector<std::size_t>> cheapest_path(const Geometry& geometry,
                                                      const Components& components,
                                                      std::uint32_t start, std::uint32_t goal,
                                                      FunctionRef<double(std::size_t)> cost,
                                                      double limit) {
  struct Best {
    double cost;
    std::size_t from;
  };
  const std::vector<Neighbour> around = neighbours(geometry, Connectivity::faces);
  std::unordered_map<std::size_t, Best> best;
  Frontier frontier;
  for (std::size_t voxel = 0; voxel < components.id.size(); ++voxel) {
    if (components.id[voxel] != start) continue;
    best[voxel] = {0.0, voxel};
    frontier.emplace(0.0, voxel);
  }
  while (!frontier.empty()) {  // empty at once for a part that an earlier path ran through
    const double spent = frontier.top().first;
    const std::size_t voxel = frontier.top().second;
    frontier.pop();
    if (spent > best.at(voxel).cost) continue;
    if (components.id[voxel] == goal) {
      std::vector<std::size_t> path;
      for (std::size_t at = best.at(voxel).from; components.id[at] != start;
           at = best.at(at).from) {
        path.push_back(at);
      }
      return path;
    }
    for_each_neighbour(geometry, around, voxel, [&](std::size_t next, double) {
      const double total = components.id[next] == goal ? spent : spent + cost(next);
      if (!(total <= limit)) return;
      const auto found = best.find(next);
      if (found != best.end() && found->second.cost <= total) return;
      best[next] = {total, voxel};
      frontier.emplace(total, next);
    });
  }
  return std::nullopt;
}

}  // namespace

std::vector<Neighbour> neighbours(const Geometry& geometry, Connectivity connectivity) {
  std::vector<Neighbour> result;
  const auto& h = geometry.spacing_mm;
  for (int k = -1; k <= 1; ++k) {
    for (int j = -1; j <= 1; ++j) {
      for (int i = -1; i <= 1; ++i) {
        const int axes = std::abs(i) + std::abs(j) + std::abs(k);
        if (axes == 0 || (connectivity == Connectivity::faces && axes > 1)) continue;
        const double x = i * h[0], y = j * h[1], z = k * h[2];
        result.push_back({i, j, k, std::sqrt(x * x + y * y + z * z)});
      }
    }
  }
  return result;
}

std::uint32_t Components::largest() const noexcept {
  if (count() == 0) return 0;
  return static_cast<std::uint32_t>(std::max_element(voxels.begin() + 1, voxels.end()) -
                                    voxels.begin());
}

Components connected_components(const Geometry& geometry, std::span<const std::uint8_t> mask,
                                Connectivity connectivity) {
  const std::vector<Neighbour> around = neighbours(geometry, connectivity);
  Components result{std::vector<std::uint32_t>(mask.size(), 0), {0}};
  std::vector<std::size_t> open;
  for (std::size_t first = 0; first < mask.size(); ++first) {
    if (mask[first] == 0 || result.id[first] != 0) continue;
    const auto id = static_cast<std::uint32_t>(result.voxels.size());
    std::size_t count = 0;
    result.id[first] = id;
    open.push_back(first);
    while (!open.empty()) {
      const std::size_t voxel = open.back();
      open.pop_back();
      ++count;
      for_each_neighbour(geometry, around, voxel, [&](std::size_t next, double) {
        if (mask[next] == 0 || result.id[next] != 0) return;
        result.id[next] = id;
        open.push_back(next);
      });
    }
    result.voxels.push_back(count);
  }
  return result;
}

std::vector<std::size_t> grow_order(const Geometry& geometry, std::span<const std::uint8_t> from,
                                    std::span<const std::uint8_t> allowed, double limit_mm,
                                    std::size_t limit_count) {
  const std::vector<Neighbour> around = neighbours(geometry, Connectivity::faces);
  const std::vector<double> distance = distance_mm(geometry, from, DistanceTo::face);
  std::vector<std::uint8_t> seen(from.begin(), from.end());
  Frontier frontier;
  const auto spread = [&](std::size_t voxel) {
    for_each_neighbour(geometry, around, voxel, [&](std::size_t next, double) {
      if (allowed[next] == 0 || seen[next] != 0 || distance[next] > limit_mm) return;
      seen[next] = 1;
      frontier.emplace(distance[next], next);
    });
  };
  for (std::size_t voxel = 0; voxel < from.size(); ++voxel) {
    if (from[voxel] != 0) spread(voxel);
  }
  std::vector<std::size_t> order;
  while (!frontier.empty() && order.size() < limit_count) {
    order.push_back(frontier.top().second);
    frontier.pop();
    spread(order.back());
  }
  return order;
}

void join_components(const Geometry& geometry, Mask& mask, FunctionRef<double(std::size_t)> cost,
                     double cost_limit, std::size_t least_voxels) {
  Components parts = connected_components(geometry, mask, Connectivity::faces);
  const std::uint32_t main = parts.largest();
  std::vector<std::uint32_t> others;
  for (std::uint32_t id = 1; id <= parts.count(); ++id) {
    if (id != main && parts.voxels[id] >= least_voxels) others.push_back(id);
  }
  std::stable_sort(others.begin(), others.end(), [&](std::uint32_t a, std::uint32_t b) {
    return parts.voxels[a] > parts.voxels[b];
  });
  const auto replace = [&](std::uint32_t id, std::uint32_t with) {
    std::replace(parts.id.begin(), parts.id.end(), id, with);
  };
  for (const std::uint32_t id : others) {
    const auto path = cheapest_path(geometry, parts, id, main, cost, cost_limit);
    if (!path) continue;
    replace(id, main);
    for (const std::size_t voxel : *path) {
      const std::uint32_t crossed = parts.id[voxel];
      parts.id[voxel] = main;
      if (crossed != 0 && crossed != main) replace(crossed, main);
    }
  }
  for (std::size_t voxel = 0; voxel < mask.size(); ++voxel) {
    mask[voxel] = main != 0 && parts.id[voxel] == main ? 1 : 0;
  }
}

}  // namespace neurograft
