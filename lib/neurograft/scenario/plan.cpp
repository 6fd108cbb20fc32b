#include <array>
#include <cmath>
#include <utility>

#include <neurograft/brain/lesions.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/io/nifti.hpp>
#include <neurograft/scenario/plan.hpp>
#include <neurograft/scenario/settings.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

std::int64_t product_index(const ResolvedConfig& config, const std::string& name) {
  if (name.empty()) return 0;
  const auto& products = config.entries("product");
  for (std::size_t n = 0; n < products.size(); ++n) {
    if (products[n].name == name) return static_cast<std::int64_t>(n) + 1;
  }
  throw InputError(Problem{"graft.product", "no product \"" + name + "\"", "", ""});
}

Injection injection_of(const ResolvedConfig& config, const GraftSettings& graft, const Grid& grid) {
  Injection injection{.day = graft.day,
                      .cells = graft.cells,
                      .route = graft.route,
                      .site_mm = graft.site_mm,
                      .radius_mm = graft.radius_mm,
                      .viability = graft.viability,
                      .product = product_index(config, graft.product),
                      .hla1 = graft.hla1,
                      .hla2 = graft.hla2};
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

// How long before the start a lesion of each kind arose, at most [d]: drawn evenly. Assumed: active
// lesions are weeks old, the others years.
double longest_age_d(std::uint8_t kind) {
  constexpr std::array<double, 5> longest{0.0, 60.0, 3650.0, 5475.0, 3650.0};
  return longest[kind];
}

std::vector<LesionOnset> onsets_of(const std::vector<Lesion>& lesions, const World& world) {
  std::vector<LesionOnset> onsets;
  const double start = world.clock().start_d;
  const Stream stream(world.seed(), StreamCode::run_setup, 0);
  for (const Lesion& lesion : lesions) {
    LesionOnset onset;
    onset.day = start;
    onset.onset_d = start - longest_age_d(lesion.kind) * math::uniform(stream.word(lesion.id));
    onset.id = lesion.id;
    onset.kind = static_cast<LesionKind>(lesion.kind);
    for (const std::uint32_t linear : lesion.voxels) {
      onset.voxels.push_back(world.grid().compact(linear));
    }
    onsets.push_back(std::move(onset));
  }
  return onsets;
}

std::vector<Lesion> lesions_of(const ResolvedConfig& config, const World& world,
                               const fs::path& directory, std::vector<fs::path>& files) {
  LesionParameters parameters = lesion_section().read(config.section("lesions"));
  if (parameters.seed == 0) parameters.seed = static_cast<std::int64_t>(world.seed());
  if (parameters.mask.empty()) return generate_lesions(world.grid(), parameters);
  const fs::path file = fs::path(parameters.mask).is_absolute() ? fs::path(parameters.mask)
                                                                : directory / parameters.mask;
  files.push_back(file);
  return lesions_from_mask(world.grid(), read_nifti(file.string()), file.string(), parameters)
      .lesions;
}

}  // namespace

void plan_events(const ResolvedConfig& config, const World& world, const fs::path& directory,
                 std::vector<fs::path>& files, ProcessInputs& inputs) {
  std::vector<GraftSettings> grafts{graft_section().read(config.section("graft"))};
  for (const SectionValues& extra : config.entries("graft.extra")) {
    grafts.push_back(extra_graft_section().read(extra));
  }
  for (const GraftSettings& graft : grafts) {
    if (graft.cells > 0.0) inputs.injections.push_back(injection_of(config, graft, world.grid()));
  }
  inputs.lesions = onsets_of(lesions_of(config, world, directory, files), world);
  for (const SectionValues& insult : config.entries("insult")) {
    inputs.insults.push_back(insult_section().read(insult));
  }
  for (const SectionValues& drug : config.entries("drug")) {
    inputs.drug_courses.push_back(drug_section().read(drug));
  }
  const HostSettings host = host_section().read(config.section("host"));
  inputs.host = {.body_mass_kg = host.body_mass_kg,
                 .cyp3a5_carrier = host.cyp3a5 == "*1",
                 .adherence = host.adherence};
}

}  // namespace neurograft
