#include <algorithm>
#include <atomic>
#include <cmath>

#include <neurograft/model/encounter.hpp>
#include <neurograft/world/voxel_cache.hpp>

namespace neurograft {

SearchBlocks::SearchBlocks(const World& world, double search_mm)
    : geometry_(world.grid().geometry()), groups_(world.grid().parenchyma_size()) {
  const Grid& grid = world.grid();
  std::array<int, 3> width{};
  std::array<std::size_t, 3> groups{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    // Blocks of at least the search width, both ways, but for the last of a row of joined voxels.
    const double ratio = search_mm / geometry_.spacing_mm[axis];
    width[axis] = static_cast<int>(
        std::clamp(std::ceil(ratio - 1e-9), 1.0, double{1} * geometry_.size[axis]));
    parts_[axis] = static_cast<std::uint32_t>(std::clamp(std::floor(1.0 / ratio + 1e-9), 1.0, 1e3));
    groups[axis] = static_cast<std::size_t>((geometry_.size[axis] - 1) / width[axis]) + 1;
  }
  if (width != std::array{1, 1, 1}) {
    groups_ = groups[0] * groups[1] * groups[2];
    group_of_voxel_.resize(grid.parenchyma_size());
    voxels_of_group_.resize(groups_);
    for (VoxelIndex voxel = 0; voxel < group_of_voxel_.size(); ++voxel) {
      const auto at = grid.coordinates(voxel);
      std::array<std::size_t, 3> g{};
      for (std::size_t axis = 0; axis < 3; ++axis) {
        g[axis] = static_cast<std::size_t>(at[axis] / width[axis]);
      }
      const std::size_t group = (g[2] * groups[1] + g[1]) * groups[0] + g[0];
      group_of_voxel_[voxel] = static_cast<std::uint32_t>(group);
      ++voxels_of_group_[group];
    }
  }
  faces_.reserve(world.wall().faces().size());
  for (const WallFace& face : world.wall().faces()) {
    faces_.push_back({group_of(face.voxel), face.towards, face.area_mm2});
  }
  std::ranges::stable_sort(faces_, {}, &Face::group);
}

SearchBlocks::Frame SearchBlocks::frame(const Grid& grid, VoxelIndex voxel) const noexcept {
  Frame frame{group_of(voxel) * blocks_per_group(), {}, {}, parts_};
  const auto at = grid.coordinates(voxel);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    frame.low_mm[axis] = static_cast<float>(at[axis] * geometry_.spacing_mm[axis]);
    frame.per_mm[axis] = static_cast<float>(parts_[axis] / geometry_.spacing_mm[axis]);
  }
  return frame;
}

double SearchBlocks::group_mm3(std::uint32_t group) const noexcept {
  return (joins() ? voxels_of_group_[group] : 1.0) * geometry_.voxel_volume_mm3();
}

double SearchBlocks::volume_mm3(std::uint64_t block) const noexcept {
  const auto group = static_cast<std::uint32_t>(block / blocks_per_group());
  return group_mm3(group) / static_cast<double>(blocks_per_group());
}

double SearchBlocks::wall_mm2(std::uint64_t block) const noexcept {
  const auto group = static_cast<std::uint32_t>(block / blocks_per_group());
  std::uint64_t rest = block % blocks_per_group();
  std::array<std::uint64_t, 3> part{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    part[axis] = rest % parts_[axis];
    rest /= parts_[axis];
  }
  double area = 0.0;
  for (const Face& face : std::ranges::equal_range(faces_, group, {}, &Face::group)) {
    const std::size_t axis = face.towards / 2;
    const std::uint64_t beside = face.towards % 2 == 0 ? 0 : parts_[axis] - 1;
    if (part[axis] != beside) continue;
    area +=
        face.area_mm2 * static_cast<double>(parts_[axis]) / static_cast<double>(blocks_per_group());
  }
  return area;
}

double Meeting::sheet_mm3(double layer_mm) const noexcept {
  return wall_mm2 > 0.0 ? wall_mm2 * layer_mm : volume_mm3;
}

double Meeting::targets(double layer_mm) const noexcept {
  return count(Crowd::donor_tissue) / volume_mm3 +
         count(Crowd::donor_attached) / sheet_mm3(layer_mm);
}

double Meeting::per_killer(double layer_mm) const noexcept {
  const double on_wall = count(Crowd::donor_attached) / donors();
  return (1.0 - on_wall) / volume_mm3 + on_wall / std::min(sheet_mm3(layer_mm), volume_mm3);
}

double Meeting::met(double layer_mm) const noexcept {
  return count(Crowd::donor_tissue) / volume_mm3 +
         count(Crowd::donor_attached) / std::min(sheet_mm3(layer_mm), volume_mm3);
}

void Encounters::count(const World& world, const SearchBlocks& blocks, Threads threads) {
  if (index_of_group_.size() != blocks.groups()) {
    index_of_group_.assign(blocks.groups(), 0);
  } else {
    for (const Group& group : groups_) index_of_group_[group.group] = 0;
  }
  meetings_.clear();
  groups_.clear();
  find_searchers(world, blocks, threads);
  if (searchers_.empty()) return;
  open_meetings(world, blocks);
  count_donors(world, blocks, threads);
}

void Encounters::find_searchers(const World& world, const SearchBlocks& blocks, Threads threads) {
  const Agents& agents = world.agents();
  std::vector<std::vector<Searcher>> found((agents.size() + agent_block - 1) / agent_block);
  parallel_for(threads, agents.size(), agent_block, [&](std::size_t begin, std::size_t end) {
    for (std::size_t slot = begin; slot < end; ++slot) {
      if (agents.kind()[slot] == Kind::donor) continue;
      if (crowd_of(agents.kind()[slot], agents.state()[slot]) == crowd_count) continue;
      const VoxelIndex voxel = agents.voxel()[slot];
      // Most are where no donor cell was at the start of the step, with nobody to meet.
      const bool alone = !blocks.joins() && world.occupancy().donor(voxel) == 0;
      if (alone && agents.state()[slot] != State::engaged) continue;
      const std::uint64_t block =
          blocks.frame(world.grid(), voxel)
              .block_at(agents.x()[slot], agents.y()[slot], agents.z()[slot]);
      found[begin / agent_block].push_back({block, static_cast<std::uint32_t>(slot), 0});
    }
  });
  searchers_.clear();
  for (const auto& part : found) searchers_.insert(searchers_.end(), part.begin(), part.end());
  std::ranges::stable_sort(searchers_, {}, &Searcher::block);
}

void Encounters::open_meetings(const World& world, const SearchBlocks& blocks) {
  const Agents& agents = world.agents();
  for (Searcher& searcher : searchers_) {
    if (meetings_.empty() || meetings_.back().block != searcher.block) {
      const auto group = static_cast<std::uint32_t>(searcher.block / blocks.blocks_per_group());
      const auto meeting = static_cast<std::uint32_t>(meetings_.size());
      meetings_.push_back(
          {searcher.block, {}, blocks.volume_mm3(searcher.block), blocks.wall_mm2(searcher.block)});
      if (groups_.empty() || groups_.back().group != group) {
        groups_.push_back({group, meeting, meeting});
        index_of_group_[group] = static_cast<std::uint32_t>(groups_.size());
      }
      ++groups_.back().last;
      groups_.back().sift(searcher.block);
    }
    searcher.meeting = static_cast<std::uint32_t>(meetings_.size() - 1);
    ++meetings_.back().cells[crowd_of(agents.kind()[searcher.slot], agents.state()[searcher.slot])];
  }
}

void Encounters::add_donor(const Group& group, std::uint64_t block, State state) {
  const auto first = meetings_.begin() + group.first;
  const auto last = meetings_.begin() + group.last;
  const auto at = std::ranges::lower_bound(first, last, block, {}, &Meeting::block);
  if (at == last || at->block != block) return;
  std::atomic_ref(at->cells[crowd_of(Kind::donor, state)]).fetch_add(1, std::memory_order_relaxed);
}

void Encounters::count_donors(const World& world, const SearchBlocks& blocks, Threads threads) {
  const Agents& agents = world.agents();
  struct Here {
    Group* group = nullptr;  // if any immune cell is in it
    SearchBlocks::Frame frame{};
  };
  const auto look_at = [&](VoxelIndex voxel) {
    const std::uint32_t index = index_of_group_[blocks.group_of(voxel)];
    return index == 0 ? Here{} : Here{&groups_[index - 1], blocks.frame(world.grid(), voxel)};
  };
  parallel_for(threads, agents.size(), agent_block, [&](std::size_t begin, std::size_t end) {
    VoxelCache<Here> known;
    Group* group = nullptr;
    std::uint32_t donors = 0;
    const auto hand_over = [&] {
      if (donors > 0) std::atomic_ref(group->donors).fetch_add(donors, std::memory_order_relaxed);
      donors = 0;
    };
    // Cells of one voxel that lie side by side are looked at together.
    constexpr std::size_t most = 64;
    std::array<std::uint32_t, most> number;
    std::size_t slot = begin;
    while (slot < end) {
      const VoxelIndex voxel = agents.voxel()[slot];
      const std::size_t stop = std::min(end, slot + most);
      std::size_t last = slot;
      while (last < stop && is_in_tissue(agents.state()[last]) && agents.voxel()[last] == voxel) {
        ++last;
      }
      if (last == slot) {
        ++slot;
        continue;
      }
      const Here& here = known.at(voxel, look_at);
      if (here.group != nullptr) {
        if (here.group != group) hand_over();
        group = here.group;
        donors += static_cast<std::uint32_t>(last - slot);
        here.frame.number_blocks(&agents.x()[slot], &agents.y()[slot], &agents.z()[slot],
                                 last - slot, number.data());
        for (std::size_t i = 0; slot + i < last; ++i) {
          const std::uint64_t block = here.frame.first + number[i];
          if (group->may_hold(block)) add_donor(*group, block, agents.state()[slot + i]);
        }
      }
      slot = last;
    }
    hand_over();
  });
}

}  // namespace neurograft
