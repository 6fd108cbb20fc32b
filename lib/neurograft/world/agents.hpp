#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/core/ids.hpp>
#include <neurograft/core/parallel.hpp>

namespace neurograft {

/// What a mobile cell is.
enum class Kind : std::uint8_t {
  donor = 0,  ///< grafted, whatever it has become
  cd8 = 1,    ///< CD8 T cell
  cd4 = 2,    ///< CD4 T cell
  treg = 3,   ///< regulatory T cell
  nk = 4      ///< natural killer cell
};
inline constexpr std::size_t kind_count = 5;  ///< for arrays over kinds
/// By number, as in results files.
inline constexpr std::array<std::string_view, kind_count> kind_names{"donor", "cd8", "cd4", "treg",
                                                                     "nk"};
inline constexpr Kind donor = Kind::donor;  ///< short for the kind asked for most

/// What an agent is doing. `dead` marks a slot that the next compaction frees.
enum class State : std::uint8_t {
  dead = 0,  ///< of any kind
  // donor cells
  suspended = 1,        ///< in ventricular CSF
  attaching = 2,        ///< has met the wall; gets its place at the next commit
  attached = 3,         ///< on the ventricle wall
  active = 4,           ///< neural stem cell in tissue, cycling
  quiescent = 5,        ///< neural stem cell in tissue, resting
  opc_like = 6,         ///< committed, like an oligodendrocyte precursor
  premyelinating = 7,   ///< between OPC-like and mature
  oligodendrocyte = 8,  ///< mature, myelinates
  astrocyte = 9,        ///< committed to the other fate
  // immune cells
  searching = 10,  ///< moves about, looks for targets
  engaged = 11,    ///< at targets, stays where it is; T cells divide
  exhausted = 12,  ///< acts no more
  resident = 13,   ///< long-lived T cell; acts as a searching one
};
inline constexpr std::size_t state_count = 14;  ///< for arrays over states
/// By number, as in results files.
inline constexpr std::array<std::string_view, state_count> state_names{
    "dead",      "suspended", "attaching",      "attached",        "active",
    "quiescent", "opc_like",  "premyelinating", "oligodendrocyte", "astrocyte",
    "searching", "engaged",   "exhausted",      "resident"};

/// Donor cells inside tissue, the wall included: those that hazards of a voxel can reach.
constexpr bool is_in_tissue(State state) noexcept {
  return state >= State::attached && state <= State::astrocyte;
}

/// Fixed point of HLA expression: stored = round(expression * hla_scale).
inline constexpr float hla_scale = 65535.0F;
/// Fixed point of headings: stored = round(heading * heading_scale).
inline constexpr float heading_scale = 4096.0F;

/// Integrated hazard is counted down in this unit until a donor cell's next trial.
inline constexpr double hazard_unit = 0x1p-11;

/// Names a column added by a user's process.
struct ColumnHandle {
  std::uint32_t index = 0;  ///< among the added columns
};

/// All mobile cells, in columns. A slot is a place in memory and may change at any commit; an id
/// is for ever. No result may depend on slots: draws are keyed by id, sums are of integers.
class NEUROGRAFT_API Agents {
 public:
  std::size_t size() const noexcept { return id_.size(); }  ///< slots, dead ones included

  /// @name Columns
  /// One value per slot, dead ones included. A span holds until agents are added, freed or put in
  /// another order.
  ///@{
  std::span<float> x() noexcept { return x_; }  ///< position, as in Grid [mm]
  std::span<float> y() noexcept { return y_; }  ///< [mm]
  std::span<float> z() noexcept { return z_; }  ///< [mm]
  /// Velocity over its standard deviation, times heading_scale.
  std::span<std::int16_t> heading_x() noexcept { return heading_x_; }
  std::span<std::int16_t> heading_y() noexcept { return heading_y_; }  ///< likewise
  std::span<std::int16_t> heading_z() noexcept { return heading_z_; }  ///< likewise
  /// That holds the position: of the ventricle while suspended, of parenchyma else.
  std::span<VoxelIndex> voxel() noexcept { return voxel_; }
  std::span<AgentId> id() noexcept { return id_; }              ///< never changes
  std::span<std::uint32_t> birth() noexcept { return birth_; }  ///< [tick]
  std::span<AgentId> clone() noexcept { return clone_; }        ///< id of the first ancestor
  std::span<Kind> kind() noexcept { return kind_; }             ///< never changes
  std::span<State> state() noexcept { return state_; }  ///< once `dead`, the slot will be freed
  /// Donor cell product: 0 that of [lifecycle], n the nth [product.NAME] by alphabet.
  std::span<std::uint8_t> product() noexcept { return product_; }
  std::span<std::uint8_t> divisions() noexcept { return divisions_; }  ///< since grafting or entry
  std::span<std::uint16_t> hla1() noexcept { return hla1_; }  ///< HLA-I expression * hla_scale
  std::span<std::uint16_t> hla2() noexcept { return hla2_; }  ///< HLA-II expression * hla_scale
  /// What is left until the next trial [hazard_unit]; 0: not drawn yet.
  std::span<std::uint16_t> hazard_left() noexcept { return hazard_left_; }
  ///@}

  ///@{
  /// The column of this name, to read.
  std::span<const float> x() const noexcept { return x_; }
  std::span<const float> y() const noexcept { return y_; }
  std::span<const float> z() const noexcept { return z_; }
  std::span<const VoxelIndex> voxel() const noexcept { return voxel_; }
  std::span<const AgentId> id() const noexcept { return id_; }
  std::span<const std::uint32_t> birth() const noexcept { return birth_; }
  std::span<const AgentId> clone() const noexcept { return clone_; }
  std::span<const Kind> kind() const noexcept { return kind_; }
  std::span<const State> state() const noexcept { return state_; }
  std::span<const std::uint8_t> product() const noexcept { return product_; }
  std::span<const std::uint8_t> divisions() const noexcept { return divisions_; }
  std::span<const std::uint16_t> hla1() const noexcept { return hla1_; }
  std::span<const std::uint16_t> hla2() const noexcept { return hla2_; }
  std::span<const std::uint16_t> hazard_left() const noexcept { return hazard_left_; }
  ///@}

  ///@{
  /// Adds a column of a user's own, zero for all agents, copied to daughters at division.
  /// Throws Error if the name is taken.
  ColumnHandle add_float_column(std::string name);
  ColumnHandle add_integer_column(std::string name);
  ///@}
  ///@{
  /// A column of a user's own, one value per slot. Throws std::out_of_range for a handle that is of
  /// no column, std::bad_variant_access for one of the other type.
  std::span<float> float_column(ColumnHandle handle);
  std::span<std::uint32_t> integer_column(ColumnHandle handle);
  std::span<const float> float_column(ColumnHandle handle) const;
  std::span<const std::uint32_t> integer_column(ColumnHandle handle) const;
  ///@}

  /// Appends `count` slots, all columns zero, and returns the first. Grows by exactly `count` if
  /// that is large, so that an injection does not double the memory.
  std::size_t append(std::size_t count);

  /// Copies every column of one slot to another.
  void copy_slot(std::size_t from, std::size_t to);

  /// Sets the number of slots, for reading a checkpoint.
  void resize(std::size_t slots);

  /// Drops dead slots and puts the rest in the order of `keys` (ascending, stable), one key per
  /// slot, below `key_count`; keys of dead slots are ignored. Cheapest where most keys are 0. Each
  /// thread moves one column at a time.
  void reorder(std::span<const std::uint32_t> keys, std::uint32_t key_count, Threads threads);

  std::size_t count(Kind kind) const noexcept;  ///< living agents of a kind
  /// Agents in a state; of `dead`, the slots not freed yet.
  std::size_t count(State state) const noexcept;

  /// Bytes per slot over all columns.
  std::size_t bytes_per_agent() const noexcept;

  /// Calls `visit(name, const vector&)` for each column of a user's own.
  template <class Visit>
  void for_each_user_column(Visit&& visit) const {
    for (const UserColumn& column : user_) {
      std::visit([&](const auto& values) { visit(std::string_view(column.name), values); },
                 column.values);
    }
  }

  ///@{
  /// Calls `visit(name, vector&)` for each column, built-in ones first, in a fixed order.
  template <class Visit>
  void for_each_column(Visit&& visit) {
    visit_columns(*this, visit);
  }
  template <class Visit>
  void for_each_column(Visit&& visit) const {
    visit_columns(*this, visit);
  }
  ///@}

 private:
  struct UserColumn {
    std::string name;
    std::variant<std::vector<float>, std::vector<std::uint32_t>> values;
  };

  template <class Self, class Visit>
  static void visit_columns(Self& self, Visit& visit) {
    visit(std::string_view("x"), self.x_);
    visit(std::string_view("y"), self.y_);
    visit(std::string_view("z"), self.z_);
    visit(std::string_view("heading_x"), self.heading_x_);
    visit(std::string_view("heading_y"), self.heading_y_);
    visit(std::string_view("heading_z"), self.heading_z_);
    visit(std::string_view("voxel"), self.voxel_);
    visit(std::string_view("id"), self.id_);
    visit(std::string_view("birth"), self.birth_);
    visit(std::string_view("clone"), self.clone_);
    visit(std::string_view("kind"), self.kind_);
    visit(std::string_view("state"), self.state_);
    visit(std::string_view("product"), self.product_);
    visit(std::string_view("divisions"), self.divisions_);
    visit(std::string_view("hla1"), self.hla1_);
    visit(std::string_view("hla2"), self.hla2_);
    visit(std::string_view("hazard_left"), self.hazard_left_);
    for (auto& column : self.user_) {
      std::visit([&](auto& values) { visit(std::string_view(column.name), values); },
                 column.values);
    }
  }

  template <class T>
  ColumnHandle add_column(std::string name);

  std::vector<float> x_, y_, z_;
  std::vector<std::int16_t> heading_x_, heading_y_, heading_z_;
  std::vector<VoxelIndex> voxel_;
  std::vector<AgentId> id_;
  std::vector<std::uint32_t> birth_;
  std::vector<AgentId> clone_;
  std::vector<Kind> kind_;
  std::vector<State> state_;
  std::vector<std::uint8_t> product_, divisions_;
  std::vector<std::uint16_t> hla1_, hla2_, hazard_left_;
  std::vector<UserColumn> user_;
};

}  // namespace neurograft
