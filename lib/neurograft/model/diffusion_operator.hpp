#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <neurograft/core/ids.hpp>
#include <neurograft/core/parallel.hpp>
#include <neurograft/world/grid.hpp>

/// Diffusion, decay and exchange at surfaces over the parenchyma voxels of a grid.
///
/// In words: a substance moves between face neighbours down its gradient, decays everywhere at one
/// rate, and may pass between tissue and CSF where a voxel borders the ventricle or the
/// subarachnoid space. Nothing passes the edge of the grid or `outside` voxels.
///
///     du/dt = div(D grad u) - k u + s;   through a surface: flux = P (u_surface - level)
///
/// Finite volumes: the flux through an inner face is D_face (u_a - u_b) / h with the harmonic mean
/// D_face = 2 D_a D_b / (D_a + D_b), exact for layers of unlike D. Through a surface, the transfer
/// velocity P stands in series with diffusion over half a voxel, 1 / P_eff = 1 / P + h / (2 D), so
/// that P = infinity holds the surface at the level.
///
/// Assumptions and limits: D is a diagonal tensor along the grid's axes; off-diagonal terms of an
/// oblique fibre direction are left out, since they would cost positivity. Exchange passes the full
/// faces of voxels: a surface oblique to the axes is overstated by up to 1.7. Second order in h
/// where surfaces follow the axes.
namespace neurograft {

/// A voxel face towards CSF, with what geometry fixes of its exchange.
struct OpenFace {
  VoxelIndex voxel;
  std::uint8_t axis;
  bool ventricle;            ///< towards the ventricle, else towards subarachnoid CSF
  double half_voxel_per_mm;  ///< 2 (D / D_grey) / h [1/mm]
  double per_mm;             ///< face area over voxel volume, 1 / h [1/mm]
};

/// Geometry of diffusion on a grid, for D = 1 in grey matter: shared by all fields whose D differ
/// by a factor only. Holds no reference to the grid.
class DiffusionStencil {
 public:
  /// Voxels that follow each other along x and whose neighbours do too, so that loops over them
  /// read memory in order and need no index per voxel. Lies within one `voxel_block`.
  struct Piece {
    VoxelIndex begin;
    std::uint32_t length;
    std::array<VoxelIndex, 4> beside;  ///< first neighbour at -y, +y, -z, +z, or `no_voxel`
  };

  /// `axis_ratio` is empty, or multiplies D per axis and voxel: axis-major, size
  /// 3 * parenchyma_size. Throws InputError for a ratio that is not positive and finite.
  DiffusionStencil(const Grid& grid, double white_to_grey, std::span<const double> axis_ratio = {});

  /// Of given faces, as `face` returns them, between voxels with given neighbours in the order of
  /// `Grid::neighbours`; without a surface.
  DiffusionStencil(const std::array<std::vector<double>, 3>& faces,
                   std::span<const std::array<VoxelIndex, 6>> neighbours);

  std::size_t size() const noexcept { return size_; }
  double voxel_volume_mm3() const noexcept { return voxel_volume_mm3_; }
  double white_to_grey() const noexcept { return white_to_grey_; }

  /// Coefficient D_face / (D_grey h2) [1/mm2] of the face at +axis of each voxel; 0 without one.
  /// Element -1 may be read, it is 0.
  const double* face(std::size_t axis) const noexcept { return face_[axis].data() + 1; }
  /// Zeros, `voxel_block` of them: stands for faces that a whole piece lacks.
  const double* no_faces() const noexcept { return zeros_.data(); }

  /// Pieces of the block of voxels [block * voxel_block, ...).
  std::span<const Piece> pieces(std::size_t block) const noexcept {
    return std::span(pieces_).subspan(first_piece_[block],
                                      first_piece_[block + 1] - first_piece_[block]);
  }

  /// Faces towards CSF, ordered by axis, then voxel.
  std::span<const OpenFace> open_faces() const noexcept { return open_faces_; }

 private:
  void add_faces(const Grid& grid, std::span<const double> axis_ratio);
  void add_pieces(std::span<const std::array<VoxelIndex, 6>> neighbours);

  std::size_t size_ = 0;
  double voxel_volume_mm3_ = 0.0;
  double white_to_grey_ = 1.0;
  std::array<std::vector<double>, 3> face_;
  std::vector<double> zeros_;
  std::vector<Piece> pieces_;
  std::vector<std::size_t> first_piece_;
  std::vector<OpenFace> open_faces_;
};

/// Transfer between tissue and CSF; a velocity of 0 closes the surface, infinity fixes its level.
struct SurfaceExchange {
  double ventricle_mm_per_d = 0.0;
  double pia_mm_per_d = 0.0;
  double ventricle_level = 0.0;  ///< in the CSF, in the field's unit
  double pia_level = 0.0;
};

/// What one voxel loses through one open face: rate (u - level).
struct ExchangeFace {
  VoxelIndex voxel;
  std::uint8_t axis;
  bool ventricle;
  double rate_per_d;
  double level;

  friend bool operator==(const ExchangeFace&, const ExchangeFace&) = default;
};

/// One field's diffusion, decay and exchange. Keeps a reference to the stencil, which must outlive
/// it.
class DiffusionOperator {
 public:
  /// Throws InputError unless D is positive, the decay and the transfer velocities not negative.
  DiffusionOperator(const DiffusionStencil& stencil, double grey_mm2_per_d, double decay_per_d,
                    const SurfaceExchange& exchange = {});

  /// The same with another decay.
  DiffusionOperator with_decay(double decay_per_d) const;

  const DiffusionStencil& stencil() const noexcept { return *stencil_; }
  double diffusivity_mm2_per_d() const noexcept { return diffusivity_; }  ///< in grey matter
  double decay_per_d() const noexcept { return decay_; }
  std::span<const ExchangeFace> exchange() const noexcept { return exchange_; }

 private:
  const DiffusionStencil* stencil_;
  double diffusivity_;
  double decay_;
  std::vector<ExchangeFace> exchange_;  ///< by axis, then voxel
};

/// Amounts that went where over a time [level mm3]; produced = decayed + lost + change in tissue.
struct FieldLedger {
  double produced = 0.0;
  double decayed = 0.0;
  double lost_to_ventricle = 0.0;
  double lost_to_pia = 0.0;
};

/// What a solver needs to know of its place in the run, to name it in errors.
struct SolverContext {
  std::string_view field{};
  Tick tick = 0;
  Threads threads{};
};

/// Largest magnitude of values, and of the differences of two lists.
double largest_of(std::span<const double> values, Threads threads);
double largest_difference(std::span<const double> a, std::span<const double> b, Threads threads);

/// Whether values are neither negative nor other than finite.
bool is_physical(std::span<const double> values) noexcept;

/// Throws NumericalError, naming the first such voxel, if a value is negative or not finite.
void require_physical(std::span<const double> values, std::string_view what,
                      const SolverContext& context);

/// Sums over the voxels of a field.
struct FieldSums {
  double source = 0.0;  ///< [1/d]
  double level = 0.0;
};

/// Amounts per day at levels `u` with given sums, times `dt_d`: the ledger of a field in steady
/// state.
FieldLedger steady_ledger(const DiffusionOperator& diffusion, const FieldSums& sums,
                          std::span<const double> u, double dt_d);

}  // namespace neurograft
