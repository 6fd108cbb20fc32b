#include <cmath>
#include <utility>

#include <neurograft/brain/align.hpp>
#include <neurograft/brain/lesions.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/io/nifti.hpp>
#include <neurograft/scenario/input_files.hpp>
#include <neurograft/scenario/plan.hpp>
#include <neurograft/scenario/settings.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

std::int64_t product_index(const ResolvedConfig& config, const std::string& address,
                           const std::string& name) {
  if (name.empty()) return 0;
  const auto& products = config.entries("product");
  for (std::size_t n = 0; n < products.size(); ++n) {
    if (products[n].name == name) return static_cast<std::int64_t>(n) + 1;
  }
  throw InputError(Problem{address + ".product", "no product \"" + name + "\"", "", ""});
}

// A site of the config as a position on the grid; empty if none is given or it is not in tissue.
std::vector<double> site_on_grid(ResolvedConfig& config, const std::string& address,
                                 const std::vector<double>& site_mm, const Grid& grid) {
  if (site_mm.empty()) return {};
  if (site_mm.size() != 3) {
    config.reject(address, "site_mm", "needs x, y and z");
    return {};
  }
  const auto at = grid_position(grid.geometry(), {site_mm[0], site_mm[1], site_mm[2]});
  const VoxelIndex voxel = grid.voxel_at(static_cast<float>(at[0]), static_cast<float>(at[1]),
                                         static_cast<float>(at[2]));
  if (voxel < grid.parenchyma_size()) return {at[0], at[1], at[2]};
  config.reject(address, "site_mm", "is not in grey or white matter",
                "x, y, z are in the space of the brain's image, as a NIfTI viewer shows them; "
                "`neurograft brain` writes that image");
  return {};
}

Injection injection_of(ResolvedConfig& config, const std::string& address,
                       const GraftSettings& graft, const Grid& grid) {
  Injection injection{.day = graft.day,
                      .cells = graft.cells,
                      .route = graft.route,
                      .site_mm = site_on_grid(config, address, graft.site_mm, grid),
                      .radius_mm = graft.radius_mm,
                      .viability = graft.viability,
                      .product = product_index(config, address, graft.product),
                      .hla1 = graft.hla1,
                      .hla2 = graft.hla2,
                      .shared_mismatches = graft.shared_mismatches,
                      .name = address};
  if (graft.route == "parenchymal" && injection.site_mm.empty()) {
    // The tissue voxel nearest to the middle of the grid.
    const Geometry& geometry = grid.geometry();
    double nearest = INFINITY;
    for (VoxelIndex voxel = 0; voxel < grid.parenchyma_size(); ++voxel) {
      const auto centre = grid.centre_mm(voxel);
      double distance2 = 0.0;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double d = centre[axis] - 0.5 * geometry.size[axis] * geometry.spacing_mm[axis];
        distance2 += d * d;
      }
      if (distance2 >= nearest) continue;
      nearest = distance2;
      injection.site_mm = {centre[0], centre[1], centre[2]};
    }
  }
  return injection;
}

std::vector<LesionOnset> onsets_of(const std::vector<Lesion>& lesions,
                                   const std::vector<double>& longest_age_d, const World& world) {
  std::vector<LesionOnset> onsets;
  const double start = world.clock().start_d;
  const Stream stream(world.seed(), StreamCode::run_setup, 0);
  for (const Lesion& lesion : lesions) {
    LesionOnset onset;
    onset.day = start;
    onset.onset_d =
        start - longest_age_d.at(lesion.kind - 1U) * math::uniform(stream.word(lesion.id));
    onset.id = lesion.id;
    onset.kind = static_cast<LesionKind>(lesion.kind);
    for (const std::uint32_t linear : lesion.voxels) {
      onset.voxels.push_back(world.grid().compact(linear));
    }
    onsets.push_back(std::move(onset));
  }
  return onsets;
}

std::vector<Lesion> lesions_of(LesionParameters parameters, const World& world,
                               const fs::path& directory, std::vector<fs::path>& files,
                               ProcessInputs& inputs) {
  if (parameters.seed == 0) parameters.seed = static_cast<std::int64_t>(world.seed());
  if (parameters.mask.empty()) return generate_lesions(world.grid(), parameters);
  const fs::path file = resolve(parameters.mask, directory);
  files.push_back(file);
  MaskLesions found =
      lesions_from_mask(world.grid(), read_nifti(file.string()), file.string(), parameters);
  inputs.lesions_left_out_ml = found.outside_white_ml;
  inputs.lesions_missed = found.missed;
  inputs.lesions_missed_ml = found.missed_ml;
  return found.lesions;
}

}  // namespace

void plan_events(ResolvedConfig& config, const World& world, const fs::path& directory,
                 std::vector<fs::path>& files, ProcessInputs& inputs) {
  // One fault does not hide the next.
  std::vector<Problem> problems;
  const auto attempt = [&](auto&& part) {
    try {
      part();
    } catch (const InputError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  };
  const auto add_injection = [&](const std::string& address, const GraftSettings& graft) {
    if (!(graft.cells > 0.0)) return;
    attempt(
        [&] { inputs.injections.push_back(injection_of(config, address, graft, world.grid())); });
  };
  add_injection("graft", graft_section().read(config.section("graft")));
  const std::size_t extras = config.entries("graft.extra").size();
  for (std::size_t n = 0; n < extras; ++n) {
    add_injection(fmt::format("graft.extra[{}]", n),
                  extra_graft_section().read(config.entries("graft.extra")[n]));
  }
  attempt([&] {
    if (!config.usable("lesions", "longest_age_d")) return;
    const LesionParameters parameters = lesion_section().read(config.section("lesions"));
    inputs.lesions = onsets_of(lesions_of(parameters, world, directory, files, inputs),
                               parameters.longest_age_d, world);
  });
  const std::size_t insults = config.entries("insult").size();
  for (std::size_t n = 0; n < insults; ++n) {
    Insult insult = insult_section().read(config.entries("insult")[n]);
    attempt([&] {
      insult.site_mm =
          site_on_grid(config, fmt::format("insult[{}]", n), insult.site_mm, world.grid());
      inputs.insults.push_back(std::move(insult));
    });
  }
  for (const SectionValues& drug : config.entries("drug")) {
    inputs.drug_courses.push_back(drug_section().read(drug));
  }
  const HostSettings host = host_section().read(config.section("host"));
  inputs.host = {.body_mass_kg = host.body_mass_kg,
                 .cyp3a5_carrier = host.cyp3a5 == "*1",
                 .adherence = host.adherence};
  if (!problems.empty()) throw InputError(std::move(problems));
}

}  // namespace neurograft
