#include <utility>

#include <neurograft/model/diffusion_hierarchy.hpp>

namespace neurograft {
namespace {

// Where the voxels of a level lie in their box.
struct Lattice {
  std::array<std::size_t, 3> size{};
  std::vector<std::size_t> place;    // in the box, by voxel
  std::vector<VoxelIndex> voxel_at;  // by place; no_voxel where there is none

  explicit Lattice(const std::array<std::size_t, 3>& box)
      : size(box), voxel_at(box[0] * box[1] * box[2], no_voxel) {}

  std::array<std::size_t, 3> coordinates(std::size_t voxel) const {
    const std::size_t at = place[voxel];
    return {at % size[0], at / size[0] % size[1], at / (size[0] * size[1])};
  }

  std::size_t index(const std::array<std::size_t, 3>& at) const {
    return at[0] + size[0] * (at[1] + size[1] * at[2]);
  }

  // Numbers the places in use in the order of the box, as a grid does.
  void number_voxels() {
    for (std::size_t at = 0; at < voxel_at.size(); ++at) {
      if (voxel_at[at] == no_voxel) continue;
      voxel_at[at] = static_cast<VoxelIndex>(place.size());
      place.push_back(at);
    }
  }

  std::array<VoxelIndex, 6> neighbours(std::size_t voxel) const {
    std::array<VoxelIndex, 6> result{};
    const auto at = coordinates(voxel);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      auto beside = at;
      beside[axis] = at[axis] - 1;
      result[2 * axis] = at[axis] > 0 ? voxel_at[index(beside)] : no_voxel;
      beside[axis] = at[axis] + 1;
      result[2 * axis + 1] = beside[axis] < size[axis] ? voxel_at[index(beside)] : no_voxel;
    }
    return result;
  }
};

Lattice lattice_of(const Grid& grid) {
  const auto& size = grid.geometry().size;
  Lattice lattice({static_cast<std::size_t>(size[0]), static_cast<std::size_t>(size[1]),
                   static_cast<std::size_t>(size[2])});
  for (VoxelIndex voxel = 0; voxel < grid.parenchyma_size(); ++voxel) {
    lattice.voxel_at[grid.linear(voxel)] = voxel;
  }
  lattice.number_voxels();
  return lattice;
}

Lattice blocks_of(const Lattice& fine) {
  Lattice coarse({(fine.size[0] + 1) / 2, (fine.size[1] + 1) / 2, (fine.size[2] + 1) / 2});
  for (std::size_t voxel = 0; voxel < fine.place.size(); ++voxel) {
    const auto at = fine.coordinates(voxel);
    coarse.voxel_at[coarse.index({at[0] / 2, at[1] / 2, at[2] / 2})] = 0;
  }
  coarse.number_voxels();
  return coarse;
}

CoarseLevel coarsen(const Lattice& fine, const DiffusionStencil& stencil, const Lattice& coarse) {
  const std::size_t blocks = coarse.place.size();
  const auto voxels = static_cast<VoxelIndex>(fine.place.size());
  std::array<std::vector<double>, 3> faces;
  for (auto& face : faces) face.assign(blocks, 0.0);
  std::vector<VoxelIndex> block_of(voxels);
  std::vector<std::array<VoxelIndex, 8>> voxels_of(blocks);
  for (auto& own : voxels_of) own.fill(voxels);
  for (VoxelIndex voxel = 0; voxel < voxels; ++voxel) {
    const auto at = fine.coordinates(voxel);
    const VoxelIndex block = coarse.voxel_at[coarse.index({at[0] / 2, at[1] / 2, at[2] / 2})];
    block_of[voxel] = block;
    voxels_of[block][at[0] % 2 + 2 * (at[1] % 2) + 4 * (at[2] % 2)] = voxel;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      if (at[axis] % 2 == 1) faces[axis][block] += 0.5 * stencil.face(axis)[voxel];
    }
  }
  std::vector<std::array<VoxelIndex, 6>> neighbours(blocks);
  for (std::size_t block = 0; block < blocks; ++block) neighbours[block] = coarse.neighbours(block);
  return {DiffusionStencil(faces, neighbours), std::move(block_of), std::move(voxels_of)};
}

}  // namespace

DiffusionHierarchy::DiffusionHierarchy(const Grid& grid, const DiffusionStencil& stencil,
                                       std::size_t smallest) {
  Lattice lattice = lattice_of(grid);
  const DiffusionStencil* finest = &stencil;
  while (lattice.place.size() > smallest) {
    Lattice coarse = blocks_of(lattice);
    if (coarse.place.size() == lattice.place.size()) return;  // no two voxels share a block
    levels_.push_back(coarsen(lattice, levels_.empty() ? *finest : levels_.back().stencil, coarse));
    lattice = std::move(coarse);
  }
}

}  // namespace neurograft
