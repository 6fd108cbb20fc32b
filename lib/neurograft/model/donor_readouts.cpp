#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <neurograft/model/donor_readouts.hpp>

namespace neurograft {
namespace {

constexpr auto first_donor_state = static_cast<std::size_t>(State::suspended);
constexpr std::size_t donor_states = 9;  // suspended to astrocyte

void copy_counts(const std::vector<std::uint64_t>& counts, std::span<double> out) {
  for (std::size_t i = 0; i < counts.size(); ++i) out[i] = static_cast<double>(counts[i]);
}

// Adds a compartment that other processes count in, if it is not there yet, as a readout.
void add_counter(World& world, ReadoutTable& readouts, const char* name, const char* long_name) {
  const ArrayHandle handle = world.compartments().find_or_add(name, "cell", long_name, 1);
  readouts.add({name, "cell", long_name, {}},
               [handle](const World& now, Threads, std::span<double> out) {
                 out[0] = now.compartments().scalar(handle);
               });
}

void add_alive(ReadoutTable& readouts) {
  const auto by_state = [](const World& world, Threads threads) {
    const Agents& agents = world.agents();
    return count_agents(agents, threads, donor_states, [&](std::size_t slot) {
      return agents.kind()[slot] == Kind::donor
                 ? static_cast<std::size_t>(agents.state()[slot]) - first_donor_state
                 : donor_states;
    });
  };
  readouts.add({"donor_alive", "cell", "living donor cells", {}},
               [by_state](const World& world, Threads threads, std::span<double> out) {
                 std::uint64_t total = 0;
                 for (const std::uint64_t count : by_state(world, threads)) total += count;
                 out[0] = static_cast<double>(total);
               });
  ReadoutDimension states{"state", {}, {}, ""};
  for (std::size_t i = 0; i < donor_states; ++i) {
    states.labels.emplace_back(state_names[first_donor_state + i]);
  }
  readouts.add({"donor_alive_by_state", "cell", "living donor cells by state", {states}},
               [by_state](const World& world, Threads threads, std::span<double> out) {
                 copy_counts(by_state(world, threads), out);
               });
}

void add_places(const World& world, ReadoutTable& readouts, std::span<const double> edges_mm) {
  const ReadoutDimension compartments{"compartment", {"csf", "wall", "grey", "white"}, {}, ""};
  readouts.add(
      {"donor_alive_by_compartment", "cell", "living donor cells by place", {compartments}},
      [](const World& now, Threads threads, std::span<double> out) {
        const Agents& agents = now.agents();
        const Grid& grid = now.grid();
        copy_counts(count_agents(agents, threads, 4,
                                 [&](std::size_t slot) -> std::size_t {
                                   if (agents.kind()[slot] != Kind::donor) return 4;
                                   const State state = agents.state()[slot];
                                   if (!is_in_tissue(state)) return 0;
                                   if (state == State::attached) return 1;
                                   const Label label = grid.label(agents.voxel()[slot]);
                                   return label == Label::grey ? 2 : 3;
                                 }),
                    out);
      });
  if (!world.maps().contains("wall_distance")) return;
  const ArrayHandle distance = world.maps().find("wall_distance");
  const std::vector<double> edges(edges_mm.begin(), edges_mm.end());
  readouts.add({"donor_alive_by_depth",
                "cell",
                "living donor cells in tissue by distance from the ventricle wall (lower edges)",
                {ReadoutDimension{"depth", {}, edges, "mm"}}},
               [distance, edges](const World& now, Threads threads, std::span<double> out) {
                 const Agents& agents = now.agents();
                 const auto depth = now.maps()[distance];
                 copy_counts(count_agents(agents, threads, edges.size(),
                                          [&](std::size_t slot) -> std::size_t {
                                            if (agents.kind()[slot] != Kind::donor ||
                                                !is_in_tissue(agents.state()[slot])) {
                                              return edges.size();
                                            }
                                            const double mm =
                                                std::max(0.0, depth[agents.voxel()[slot]]);
                                            return static_cast<std::size_t>(
                                                std::upper_bound(edges.begin(), edges.end(), mm) -
                                                edges.begin() - 1);
                                          }),
                             out);
               });
}

void add_deaths(ReadoutTable& readouts) {
  readouts.add({"donor_deaths", "cell", "donor cells that died or left, cumulative", {}},
               [](const World& world, Threads, std::span<double> out) {
                 std::uint64_t total = 0;
                 for (const auto& cause : world.hazards().causes()) {
                   if (cause.deadly) total += cause.taken;
                 }
                 out[0] = static_cast<double>(total);
               });
  readouts.add_late([](const World& world, ReadoutTable& table) {
    ReadoutDimension causes{"cause", {}, {}, ""};
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < world.hazards().causes().size(); ++i) {
      const auto& cause = world.hazards().causes()[i];
      if (!cause.deadly) continue;
      causes.labels.push_back(cause.name);
      places.push_back(i);
    }
    if (places.empty()) return;
    table.add({"donor_deaths_by_cause", "cell", "donor deaths by cause, cumulative", {causes}},
              [places](const World& now, Threads, std::span<double> out) {
                for (std::size_t i = 0; i < places.size(); ++i) {
                  out[i] = static_cast<double>(now.hazards().causes()[places[i]].taken);
                }
              });
  });
}

bool is_offered(const ReadoutTable& table, std::string_view name) {
  return std::ranges::any_of(table.readouts(),
                             [name](const Readout& known) { return known.name == name; });
}

std::vector<std::uint64_t> count_by_kind(const World& world, Threads threads) {
  const Agents& agents = world.agents();
  return count_agents(agents, threads, kind_count, [&](std::size_t slot) {
    return static_cast<std::size_t>(agents.kind()[slot]);
  });
}

// The number of agents of some kinds, unless the process that makes them offers it.
void add_kinds(ReadoutTable& table, const char* name, const char* long_name,
               std::vector<Kind> kinds) {
  if (is_offered(table, name)) return;
  table.add({name, "cell", long_name, {}},
            [kinds](const World& world, Threads threads, std::span<double> out) {
              const auto counts = count_by_kind(world, threads);
              out[0] = 0.0;
              for (const Kind kind : kinds) {
                out[0] += static_cast<double>(counts[static_cast<std::size_t>(kind)]);
              }
            });
}

void add_immune(ReadoutTable& readouts) {
  const std::vector<Kind> t_cells{Kind::cd8, Kind::cd4, Kind::treg};
  const ReadoutDimension kinds{"kind", {"cd8", "cd4", "treg"}, {}, ""};
  readouts.add({"t_cells_by_kind", "cell", "T cells in brain by kind", {kinds}},
               [t_cells](const World& world, Threads threads, std::span<double> out) {
                 const auto counts = count_by_kind(world, threads);
                 for (std::size_t i = 0; i < t_cells.size(); ++i) {
                   out[i] = static_cast<double>(counts[static_cast<std::size_t>(t_cells[i])]);
                 }
               });
  readouts.add_late([t_cells](const World&, ReadoutTable& table) {
    add_kinds(table, "t_cells", "T cells in brain", t_cells);
    add_kinds(table, "nk_cells", "natural killer cells in brain", {Kind::nk});
  });
}

}  // namespace

void add_donor_readouts(World& world, ReadoutTable& readouts,
                        std::span<const double> depth_edges_mm) {
  add_alive(readouts);
  add_places(world, readouts, depth_edges_mm);
  add_counter(world, readouts, "donor_injected", "donor cells injected, cumulative");
  add_counter(world, readouts, "donor_born", "donor cells born by division, cumulative");
  add_deaths(readouts);
  add_immune(readouts);
}

}  // namespace neurograft
