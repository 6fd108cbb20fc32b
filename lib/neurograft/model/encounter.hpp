#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/world/world.hpp>

/// Who can meet whom: the volumes over which encounters of immune cells and donor cells are
/// counted.
namespace neurograft {

/// Blocks of tissue about as wide as a T cell searches while it deals with one target. Larger
/// voxels are divided into equal blocks, smaller ones are joined: a saturating law applied to less
/// would see single cells, whose scatter it does not average (at 20 um, one cell in a voxel looks
/// like 125,000 per mm3), applied to more it would mix cells with tissue in which none are. A fixed
/// map, rebuilt from the grid; not state.
class SearchBlocks {
 public:
  SearchBlocks() = default;
  SearchBlocks(const World& world, double search_mm);

  /// Voxels joined into one group; each group holds `blocks_per_group()` blocks.
  std::uint32_t group_of(VoxelIndex voxel) const noexcept {
    return joins() ? group_of_voxel_[voxel] : voxel;
  }
  std::size_t groups() const noexcept { return groups_; }
  std::uint64_t blocks_per_group() const noexcept {
    return std::uint64_t{1} * parts_[0] * parts_[1] * parts_[2];
  }
  /// Whether groups are more than single voxels.
  bool joins() const noexcept { return !group_of_voxel_.empty(); }

  /// The blocks of one voxel.
  struct Frame {
    std::uint64_t first;
    std::array<float, 3> low_mm, per_mm;
    std::array<std::uint32_t, 3> parts;

    /// The block of a position [mm] in the voxel.
    std::uint64_t block_at(float x, float y, float z) const noexcept {
      std::uint32_t number = 0;
      number_blocks(&x, &y, &z, 1, &number);
      return first + number;
    }

    /// The blocks of several positions, less `first`.
    void number_blocks(const float* x, const float* y, const float* z, std::size_t count,
                       std::uint32_t* number) const noexcept {
      const auto parts_x = static_cast<std::int32_t>(parts[0]);
      const auto parts_y = static_cast<std::int32_t>(parts[1]);
      const auto parts_z = static_cast<std::int32_t>(parts[2]);
      // Rounding may put a position beside its voxel.
      const auto part = [](float at, float low, float scale, std::int32_t all) {
        const auto whole = static_cast<std::int32_t>((at - low) * scale);
        return std::min(std::max(whole, 0), all - 1);
      };
      const auto [low_x, low_y, low_z] = low_mm;
      const auto [per_x, per_y, per_z] = per_mm;
#pragma GCC ivdep
      for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t part_z = part(z[i], low_z, per_z, parts_z);
        const std::int32_t part_y = part(y[i], low_y, per_y, parts_y);
        const std::int32_t part_x = part(x[i], low_x, per_x, parts_x);
        number[i] = static_cast<std::uint32_t>(part_x + parts_x * (part_y + parts_y * part_z));
      }
    }
  };
  Frame frame(const Grid& grid, VoxelIndex voxel) const noexcept;

  /// Parenchyma in a group [mm3].
  double group_mm3(std::uint32_t group) const noexcept;
  /// Parenchyma in a block [mm3].
  double volume_mm3(std::uint64_t block) const noexcept;
  /// Ventricle wall in a block [mm2].
  double wall_mm2(std::uint64_t block) const noexcept;

 private:
  struct Face {
    std::uint32_t group;
    std::uint8_t towards;
    float area_mm2;
  };

  Geometry geometry_;
  std::size_t groups_ = 0;
  std::array<std::uint32_t, 3> parts_{1, 1, 1};  // of one voxel along each axis
  std::vector<std::uint32_t> group_of_voxel_;    // empty: groups are voxels
  std::vector<std::uint32_t> voxels_of_group_;   // how many; empty as above
  std::vector<Face> faces_;                      // by group
};

/// What a block holds.
struct Meeting {
  std::uint64_t block;
  std::array<std::uint32_t, crowd_count> cells{};
  double volume_mm3 = 0.0;
  double wall_mm2 = 0.0;

  double count(Crowd crowd) const noexcept { return cells[static_cast<std::size_t>(crowd)]; }
  double donors() const noexcept {
    return count(Crowd::donor_attached) + count(Crowd::donor_tissue);
  }

  /// Donor cells per mm3, those on the wall over a layer of that depth.
  double targets(double layer_mm) const noexcept;

  /// One immune cell of the block as its donor cells see it, on average [1/mm3]. Needs donor cells.
  double per_killer(double layer_mm) const noexcept;

  /// Donor cells per mm3 as the immune cells of the block meet them.
  double met(double layer_mm) const noexcept;

 private:
  double sheet_mm3(double layer_mm) const noexcept;
};

/// The blocks that hold immune cells, and who is in them now. Two passes over all agents; beyond
/// them, work by immune cells and by the donor cells in their groups.
class Encounters {
 public:
  struct Group {
    std::uint32_t group;
    std::uint32_t first, last;  ///< its meetings: [first, last)
    std::uint32_t donors = 0;   ///< in all of it, blocks without immune cells too
    /// Bit b: one of its meetings may have a block of number b modulo `sieve_bits`.
    std::array<std::uint64_t, 16> sieve{};

    static constexpr std::uint64_t sieve_bits = 1024;
    void sift(std::uint64_t block) noexcept {
      sieve[block % sieve_bits / 64] |= std::uint64_t{1} << block % 64;
    }
    bool may_hold(std::uint64_t block) const noexcept {
      return (sieve[block % sieve_bits / 64] >> block % 64 & 1) != 0;
    }
  };
  struct Searcher {
    std::uint64_t block;
    std::uint32_t slot;
    std::uint32_t meeting;  ///< index into meetings()
  };

  /// Counts anew from the agents. Where voxels are not joined, leaves out immune cells whose voxel
  /// had no donor cell at the start of the step, unless they are engaged: a donor cell that comes
  /// there within the step is met in the next.
  void count(const World& world, const SearchBlocks& blocks, Threads threads);

  std::span<const Meeting> meetings() const noexcept { return meetings_; }
  std::span<const Group> groups() const noexcept { return groups_; }
  /// T and NK cells that search, are engaged or resident, but for those left out; by block.
  std::span<const Searcher> searchers() const noexcept { return searchers_; }
  /// The group of a voxel, or nullptr if no immune cell is in it.
  const Group* group_at(std::uint32_t group) const noexcept {
    const std::uint32_t index = index_of_group_[group];
    return index == 0 ? nullptr : &groups_[index - 1];
  }

 private:
  void find_searchers(const World& world, const SearchBlocks& blocks, Threads threads);
  void open_meetings(const World& world, const SearchBlocks& blocks);
  void add_donor(const Group& group, std::uint64_t block, State state);
  void count_donors(const World& world, const SearchBlocks& blocks, Threads threads);

  std::vector<Meeting> meetings_;  // by block
  std::vector<Group> groups_;      // by group
  std::vector<Searcher> searchers_;
  std::vector<std::uint32_t> index_of_group_;  // 1 + index into groups_; 0: none
};

}  // namespace neurograft
