#include <neurograft/core/ranges.hpp>
#include <neurograft/scenario/settings.hpp>

namespace neurograft {
namespace {

using Numbers = std::vector<double>;
using Names = std::vector<std::string>;

}  // namespace

const Section<SimulationSettings>& simulation_section() {
  using S = SimulationSettings;
  static const Section<S> section(
      "simulation", "Span, step and seed of the run",
      {{{"title", "", std::string{}, any_number, "One line on what is run", "", Grade::setting},
        &S::title},
       {{"start_d", "d", -90.0, ranges::day, "Day of the first record; injections count from day 0",
         "NCT03282760: run-in of 3 months", Grade::setting},
        &S::start_d},
       {{"duration_d", "d", 365.0, ranges::day, "Day of the last record",
         "NCT03282760: follow-up of 12 months", Grade::setting},
        &S::duration_d},
       {{"seed", "1", std::int64_t{1}, non_negative, "Seed of all random draws", "",
         Grade::setting},
        &S::seed},
       {{"step_h", "h", 1.0, within(0.01, 24.0), "Base step; divides 24", "", Grade::setting},
        &S::step_h},
       {{"sort_every_h", "h", 24.0, ranges::period_h,
         "How often agents are put in memory order; never changes a result", "", Grade::setting},
        &S::sort_every_h}});
  return section;
}

const Section<BrainSettings>& brain_section() {
  using S = BrainSettings;
  static const Section<S> section(
      "brain", "The voxel brain",
      {{{"source", "", std::string("colin27"), any_number,
         "colin27, phantom, patch, or the path of a NIfTI segmentation; with brain.segmentation, "
         "of "
         "a T1 without skull",
         "", Grade::setting},
        &S::source},
       {{"resolution_mm", "mm", 2.0, within(0.2, 10.0), "Voxel size of a whole brain", "",
         Grade::setting},
        &S::resolution_mm},
       {{"templates", "", std::string("/usr/share/mricron/templates"), any_number,
         "Folder with ch2bet.nii.gz and jhu189.nii.gz", "", Grade::setting},
        &S::templates},
       {{"segmentation", "", std::string{}, any_number,
         "Parcellation that seeds the ventricles of a T1, with the labels of jhu189; empty: "
         "jhu189.nii.gz of the templates for colin27",
         "", Grade::setting},
        &S::segmentation},
       {{"labels", "", std::string{}, any_number,
         "Label table of a NIfTI segmentation: lines of value and tissue; empty: 0-4 as written by "
         "`neurograft brain`",
         "", Grade::setting},
        &S::labels},
       {{"native_volume_ml", "mL", 0.0, ranges::volume,
         "Scale the brain to this volume of grey and white matter; 0: leave it",
         "people with SPMS have 1050-1200 mL", Grade::setting},
        &S::native_volume_ml},
       {{"ventricle_volume_ml", "mL", 0.0, ranges::volume,
         "Enlarge the ventricles to this volume; 0: leave them", "people with SPMS have 30-60 mL",
         Grade::setting},
        &S::ventricle_volume_ml},
       {{"tracts", "", std::string("auto"), any_number,
         "White-matter tracts: auto (jhu for colin27, else none), jhu (the templates' atlas; for "
         "an "
         "image in the space of colin27), none, or the path of a NIfTI label image with a .txt "
         "beside it, lines of value and name",
         "", Grade::setting},
        &S::tracts},
       {{"aqueduct_mm", "mm", Numbers{}, within(-1e4, 1e4),
         "Middle of the cerebral aqueduct: x, y, z in the image's space; empty: that of colin27, "
         "and of other brains none",
         "", Grade::setting},
        &S::aqueduct_mm},
       {{"patch_size_mm", "mm", Numbers{1.0, 1.0, 1.0}, ranges::length_mm, "Size of a tissue patch",
         "", Grade::setting},
        &S::patch_size_mm},
       {{"patch_voxel_um", "um", 50.0, within(1.0, 1e4), "Voxel size of a tissue patch", "",
         Grade::setting},
        &S::patch_voxel_um},
       {{"patch_tissue",
         "",
         std::string("white"),
         any_number,
         "Tissue of a patch",
         "",
         Grade::setting,
         {"white", "grey"}},
        &S::patch_tissue},
       {{"patch_ventricle", "", false, any_number,
         "Whether the low x face of a patch is a ventricle", "", Grade::setting},
        &S::patch_ventricle},
       {{"patch_fibres", "", Numbers{}, within(-1e6, 1e6),
         "Direction of the fibres of a patch: x, y, z; empty: none", "", Grade::setting},
        &S::patch_fibres},
       {{"vessel_density_grey", "1", 2.5, ranges::fold,
         "Vessel length per volume in grey matter over that in white", "assumed", Grade::assumed},
        &S::vessel_density_grey}});
  return section;
}

const Section<HostSettings>& host_section() {
  using S = HostSettings;
  static const Section<S> section(
      "host", "The patient or animal",
      {{{"age_y", "y", 49.8, within(0.0, 120.0), "Age",
         "Leone 2023, doi 10.1016/j.stem.2023.11.001", Grade::measured},
        &S::age_y},
       {{"body_mass_kg", "kg", 70.0, within(0.005, 300.0), "Body mass", "assumed", Grade::assumed},
        &S::body_mass_kg},
       {{"node_volume_ml", "mL", 5.0, ranges::some_volume, "Volume of the cervical lymph nodes",
         "assumed", Grade::assumed},
        &S::node_volume_ml},
       {{"cyp3a5",
         "",
         std::string("*3/*3"),
         any_number,
         "CYP3A5 genotype",
         "",
         Grade::setting,
         {"*3/*3", "*1"}},
        &S::cyp3a5},
       {{"hla_mismatches", "1", std::int64_t{6}, within(0.0, 6.0),
         "Mismatches with the donor at HLA-A, -B and -DR",
         "assumed: unrelated and unmatched; 0 for a person's own cells", Grade::assumed},
        &S::hla_mismatches},
       {{"response_gain", "1", 1.0, Range{0.0, 1e4, true},
         "Strength of this individual's alloresponse", "assumed: the median individual",
         Grade::assumed},
        &S::response_gain},
       {{"response_gain_sigma", "1", 1.66, within(0.0, 3.0),
         "Spread of the natural logarithm of the gain over individuals",
         "assumed: as in a mean-field prototype of mouse allografts, doi 10.3727/096368912X636911",
         Grade::assumed},
        &S::response_gain_sigma},
       {{"draw_response_gain", "", false, any_number,
         "Multiply the gain by a log-normal draw keyed by the seed", "", Grade::setting},
        &S::draw_response_gain},
       {{"degeneration_percent_per_y", "%/y", 0.58, within(0.0, 20.0),
         "Loss of brain volume per year through slow degeneration of normal-appearing tissue",
         "MS-STAT placebo: PBVC -0.584 %/y, SD 0.498, doi 10.1016/S0140-6736(13)62242-4",
         Grade::measured},
        &S::degeneration_percent_per_y},
       {{"adherence", "1", 1.0, fraction, "Chance that a dose is taken", "assumed", Grade::assumed},
        &S::adherence},
       {{"age_reference_y", "y", 30.0, within(0.01, 200.0), "Age up to which repair is young",
         "assumed", Grade::assumed},
        &S::age_reference_y},
       {{"age_scale_y", "y", 30.0, within(0.01, 200.0),
         "Repair slows as exp(-(age - reference) / scale) above the reference age",
         "4 against 9 weeks to remyelinate, young and old rat, "
         "doi 10.1002/(SICI)1098-1136(199910)28:1<77::AID-GLIA9>3.0.CO;2-F; human scale 25-40 y",
         Grade::derived},
        &S::age_scale_y}});
  return section;
}

namespace {

Section<GraftSettings> make_graft_section(const char* name, const char* meaning, double cells) {
  using S = GraftSettings;
  return Section<S>(
      name, meaning,
      {{{"cells", "cell", cells, within(0.0, 4e9), "Cells injected, viable or not",
         "NCT03282760: 5, 10, 16 or 24 million", Grade::setting},
        &S::cells},
       {{"route",
         "",
         std::string("icv"),
         any_number,
         "icv: into the ventricles; parenchymal: at a site in tissue",
         "",
         Grade::setting,
         {"icv", "parenchymal"}},
        &S::route},
       {{"site_mm", "mm", Numbers{}, within(-1e4, 1e4),
         "Parenchymal site: x, y, z in the space of the brain's image; empty: the middle", "",
         Grade::setting},
        &S::site_mm},
       {{"radius_mm", "mm", 0.6, ranges::length_mm, "Radius of a parenchymal deposit", "assumed",
         Grade::assumed},
        &S::radius_mm},
       {{"day", "d", 0.0, ranges::day, "Day of injection", "", Grade::setting}, &S::day},
       {{"viability", "1", 0.9, fraction, "Share of injected cells that are alive", "assumed",
         Grade::assumed},
        &S::viability},
       {{"product", "", std::string{}, any_number,
         "Donor cell product: the NAME of a [product.NAME] section; empty: that of [lifecycle]", "",
         Grade::setting},
        &S::product},
       {{"hla1", "1", 0.22, fraction, "HLA-I expression at injection, of full expression",
         "assumed between absent, on fresh fetal tissue, and on most cells, after 7 d in vitro, "
         "doi 10.1016/j.nbd.2010.10.008",
         Grade::assumed},
        &S::hla1},
       {{"hla2", "1", 0.02, fraction, "HLA-II expression at injection, of full expression",
         "low, inducible, doi 10.1016/j.nbd.2010.10.008", Grade::assumed},
        &S::hla2},
       {{"shared_mismatches", "1", 1.0, fraction,
         "Share of this donor's mismatches that earlier donors and exposures had too; 1: the same "
         "donor",
         "", Grade::setting},
        &S::shared_mismatches}});
}

}  // namespace

const Section<GraftSettings>& graft_section() {
  static const Section<GraftSettings> section =
      make_graft_section("graft", "The injection of donor cells; cells = 0: none", 0.0);
  return section;
}

const Section<GraftSettings>& extra_graft_section() {
  static const Section<GraftSettings> section =
      make_graft_section("graft.extra", "A further injection", 0.0);
  return section;
}

const Section<OutputSettings>& output_section() {
  using S = OutputSettings;
  static const Section<S> section(
      "output", "What is written, and when",
      {{{"every_d", "d", 1.0, Range{0.0, ranges::century_d, true}, "Interval of the time series",
         "", Grade::setting},
        &S::every_d},
       {{"snapshots_d", "d", Numbers{}, ranges::day, "Days at which fields and agents are written",
         "", Grade::setting},
        &S::snapshots_d},
       {{"fields", "", Names{}, any_number, "Tissue variables and fields written at snapshots", "",
         Grade::setting},
        &S::fields},
       {{"agents", "", false, any_number,
         "Whether agents in tissue are written at snapshots from day 7 on", "", Grade::setting},
        &S::agents},
       {{"agents_d", "d", Numbers{}, ranges::day, "Further days at which agents are written", "",
         Grade::setting},
        &S::agents_d},
       {{"checkpoint_every_min", "min", 10.0, positive, "Wall-clock interval of checkpoints", "",
         Grade::setting},
        &S::checkpoint_every_min}});
  return section;
}

}  // namespace neurograft
