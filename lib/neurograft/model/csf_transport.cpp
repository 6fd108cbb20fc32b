#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/model/csf_transport.hpp>

namespace neurograft {
namespace {

constexpr std::uint32_t wall_attempts = 8;

struct Candidate {
  AgentId id;
  std::uint32_t slot;
};

// The agents in state `attaching`, by id.
std::vector<Candidate> attaching_cells(const Agents& agents, Threads threads) {
  const auto state = agents.state();
  std::vector<std::vector<Candidate>> found((agents.size() + agent_block - 1) / agent_block);
  parallel_for(threads, agents.size(), agent_block, [&](std::size_t begin, std::size_t end) {
    for (std::size_t slot = begin; slot < end; ++slot) {
      if (state[slot] != State::attaching) continue;
      found[begin / agent_block].push_back({agents.id()[slot], static_cast<std::uint32_t>(slot)});
    }
  });
  std::vector<Candidate> all;
  for (const auto& part : found) all.insert(all.end(), part.begin(), part.end());
  std::sort(all.begin(), all.end(),
            [](const Candidate& a, const Candidate& b) { return a.id < b.id; });
  return all;
}

// A point drawn on the face, a hundredth of a voxel inside the tissue, so that rounding cannot put
// the cell back into the ventricle.
std::array<float, 3> place_on(const Grid& grid, const WallFace& face, const Block& words) {
  const auto centre = grid.centre_mm(face.voxel);
  const auto& spacing = grid.geometry().spacing_mm;
  const std::size_t axis = face.towards / 2;
  std::array<double, 3> share{math::uniform(words[1]) - 0.5, math::uniform(words[2]) - 0.5,
                              math::uniform(words[3]) - 0.5};
  // Kept off the edges for the same reason.
  for (double& s : share) s *= 0.98;
  share[axis] = face.towards % 2 == 0 ? -0.49 : 0.49;
  return {static_cast<float>(centre[0] + share[0] * spacing[0]),
          static_cast<float>(centre[1] + share[1] * spacing[1]),
          static_cast<float>(centre[2] + share[2] * spacing[2])};
}

}  // namespace

const Section<CsfTransportParameters>& csf_transport_section() {
  static const Section<CsfTransportParameters> section(
      "csf_transport", "Cells suspended in ventricular CSF: attachment to the wall, washout, death",
      {{{"attach_per_d", "1/d", 0.2, ranges::rate_per_d,
         "Rate at which a suspended cell attaches to the ventricle wall",
         "assumed: 5 % of the dose attaches; no measurement exists", Grade::assumed},
        &CsfTransportParameters::attach_per_d},
       {{"washout_per_d", "1/d", 3.25, ranges::rate_per_d,
         "Rate at which a suspended cell leaves with CSF bulk flow: CSF turnover",
         "430-530 mL/d over 150 mL, doi 10.5772/intechopen.99621", Grade::derived},
        &CsfTransportParameters::washout_per_d},
       {{"death_per_d", "1/d", 0.3, ranges::rate_per_d, "Death rate of a suspended cell", "assumed",
         Grade::assumed},
        &CsfTransportParameters::death_per_d},
       {{"wall_capacity_per_mm2", "cell/mm2", 2500.0, within(1.0, 1e6),
         "Attached cells that a wall can hold: a confluent layer of cells 20 um wide", "assumed",
         Grade::assumed},
        &CsfTransportParameters::wall_capacity_per_mm2}});
  return section;
}

void CsfTransport::bind(World& world, ReadoutTable& readouts) {
  attach_ = world.hazards().declare("attach", Susceptibility::uniform, State::attaching);
  washout_ = world.hazards().declare("washout");
  early_ = world.hazards().declare("early");
  attached_total_ =
      world.compartments().add("donor_attached_total", "cell", "donor cells attached so far", 1);
  readouts.add({"donor_attached_total", "cell", "donor cells attached to the wall so far", {}},
               [total = attached_total_](const World& w, Threads, std::span<double> out) {
                 out[0] = w.compartments().scalar(total);
               });
}

void CsfTransport::commit(World& world, const StepContext& context) {
  Agents& agents = world.agents();
  const Wall& wall = world.wall();
  const auto candidates = attaching_cells(agents, context.threads);
  if (candidates.empty()) return;
  const Stream stream = context.stream(StreamCode::wall_face);
  const auto attached = world.occupancy().of(Crowd::donor_attached);
  std::unordered_map<VoxelIndex, std::uint32_t> placed;
  for (const Candidate& cell : candidates) {
    State& state = agents.state()[cell.slot];
    state = State::suspended;
    if (wall.faces().empty()) continue;
    for (std::uint32_t attempt = 0; attempt < wall_attempts; ++attempt) {
      const Block words = stream.block(cell.id, attempt);
      const WallFace& face = wall.faces()[wall.face_at(math::uniform(words[0]))];
      const double capacity = parameters_.wall_capacity_per_mm2 * wall.area_mm2(face.voxel);
      std::uint32_t& more = placed[face.voxel];
      // Where a voxel has room for a part of a cell, it takes one.
      if (attached[face.voxel] + more >= capacity) continue;
      ++more;
      const auto position = place_on(world.grid(), face, words);
      agents.x()[cell.slot] = position[0];
      agents.y()[cell.slot] = position[1];
      agents.z()[cell.slot] = position[2];
      agents.voxel()[cell.slot] = face.voxel;
      state = State::attached;
      ++world.compartments().scalar(attached_total_);
      break;
    }
  }
}

void CsfTransport::step(World& world, const StepContext& context) {
  Hazards& hazards = world.hazards();
  hazards.add(attach_, State::suspended, parameters_.attach_per_d * context.dt_d);
  hazards.add(washout_, State::suspended, parameters_.washout_per_d * context.dt_d);
  hazards.add(early_, State::suspended, parameters_.death_per_d * context.dt_d);
}

}  // namespace neurograft
