#include <neurograft/model/brain_volume.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

const VolumeLaw law{.white_axon_share = 0.2,
                    .white_myelin_share = 0.3,
                    .grey_axon_share = 0.5,
                    .grey_myelin_share = 0.1,
                    .water_swelling = 0.1,
                    .remyelinated_thickness = 0.5,
                    .t2_faint = 0.1,
                    .t2_bright = 0.3};

// One grey and three white voxels of 2 mm: 0.032 mL.
struct Fixture {
  World world;
  TissueState tissue;
  FieldState fields;

  Fixture() {
    LabelMap map;
    map.geometry.size = {4, 1, 1};
    map.geometry.spacing_mm = {2.0, 2.0, 2.0};
    map.labels = {Label::grey, Label::white, Label::white, Label::white};
    world = World(Grid(map), Clock{}, 1);
    tissue = TissueState::bind(world);
    fields = FieldState::bind(world);
  }
  double& at(ArrayHandle handle, std::size_t voxel) { return world.tissue()[handle][voxel]; }
  std::array<double, 3> volume() const {
    return parenchymal_volume_ml(world, tissue, fields, law, Threads{1});
  }
  double lesions() const { return t2_lesion_volume_ml(world, tissue, fields, law, Threads{1}); }
};

}  // namespace

TEST_CASE("brain volume: healthy tissue has its voxels' volume and no lesion") {
  const Fixture f;
  CHECK(f.volume()[0] == doctest::Approx(0.032));
  CHECK(f.volume()[1] == doctest::Approx(0.008));
  CHECK(f.volume()[2] == doctest::Approx(0.024));
  CHECK(f.lesions() == 0.0);
}

TEST_CASE("brain volume: axons, myelin and thin sheaths count by their shares") {
  Fixture f;
  f.at(f.tissue.axon_fraction, 0) = 0.9;
  CHECK(f.volume()[1] == doctest::Approx(0.008 * (1.0 - 0.5 * 0.1)));
  f.at(f.tissue.myelin_original, 1) = 0.0;
  f.at(f.tissue.myelin_remyelinated, 1) = 1.0;  // half as thick
  CHECK(f.volume()[2] == doctest::Approx(0.008 * (3.0 - 0.3 * 0.5)));
}

TEST_CASE("brain volume: T2 signal ramps, lesions count axons lost, others do not") {
  Fixture f;
  f.at(f.tissue.myelin_original, 1) = 0.8;  // signal 0.2: half way up the ramp
  CHECK(f.lesions() == doctest::Approx(0.004));
  f.at(f.tissue.myelin_original, 2) = 0.5;
  f.at(f.tissue.axon_fraction, 2) = 0.5;  // lost with its axon, no lesion
  CHECK(f.lesions() == doctest::Approx(0.004));
  f.at(f.tissue.lesion_kind, 2) = 3.0;
  CHECK(f.lesions() == doctest::Approx(0.012));
  f.at(f.tissue.myelin_original, 0) = 0.0;  // grey is not seen
  CHECK(f.lesions() == doctest::Approx(0.012));
}

TEST_CASE("brain volume: the share that a rim has passed is lesion, the rest keeps its signal") {
  Fixture f;
  f.at(f.tissue.rim_progress, 1) = 0.25;
  f.at(f.tissue.myelin_original, 1) = 0.75;
  CHECK(f.lesions() == doctest::Approx(0.002));
  f.at(f.tissue.myelin_original, 1) = 0.75 * 0.8;  // half way up the ramp where it has not passed
  CHECK(f.lesions() == doctest::Approx(0.008 * (0.25 + 0.75 * 0.5)));
}

TEST_CASE("brain volume: degeneration for an atrophy, and the volume of axons") {
  Fixture f;
  // Shares 0.6 in one voxel and 0.5 in three: 0.525 on the mean.
  CHECK(degeneration_for_atrophy(f.world, law, 0.0021) == doctest::Approx(0.004));
  f.at(f.tissue.axon_fraction, 3) = 0.5;
  CHECK(axon_volume_mm3(f.world, f.tissue, law, Threads{1}) ==
        doctest::Approx(8.0 * (0.5 + 0.2 * 2.5)));
}
