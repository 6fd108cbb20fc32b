#include <string>

#include <neurograft/model/state.hpp>

namespace neurograft {
namespace {

// Adds what several processes share; the first to ask for it need not be the one that keeps it.
ArrayHandle shared(NamedArrays& arrays, const char* owner, const char* name, const char* unit,
                   const char* long_name, std::size_t size, double fill) {
  const ArrayHandle handle = arrays.find_or_add(name, unit, long_name, size, fill);
  arrays.entries()[handle.index].owner = owner;
  return handle;
}

}  // namespace

TissueState TissueState::bind(World& world) {
  const auto voxels = world.grid().parenchyma_size();
  const auto add = [&](const char* name, const char* unit, const char* long_name, double fill) {
    return shared(world.tissue(), "tissue", name, unit, long_name, voxels, fill);
  };
  const TissueState state{
      .axon_fraction = add("axon_fraction", "1", "surviving axons or neurites", 1.0),
      .myelin_original = add("myelin_original", "1", "axons with their first myelin", 1.0),
      .myelin_remyelinated = add("myelin_remyelinated", "1", "remyelinated axons", 0.0),
      .debris = add("debris", "1", "myelin debris", 0.0),
      .opc = add("opc", "cell/mm3", "oligodendrocyte precursor cells", 0.0),
      .premyelinating = add("premyelinating", "cell/mm3", "premyelinating cells", 0.0),
      .oligodendrocytes = add("oligodendrocytes", "cell/mm3", "mature oligodendrocytes", 0.0),
      .opc_capacity = add("opc_capacity", "1", "remaining renewal capacity of OPC", 1.0),
      .microglia_resting = add("microglia_resting", "cell/mm3", "resting microglia", 0.0),
      .microglia_inflammatory =
          add("microglia_inflammatory", "cell/mm3", "pro-inflammatory microglia", 0.0),
      .microglia_reparative = add("microglia_reparative", "cell/mm3", "reparative microglia", 0.0),
      .barrier_leak = add("barrier_leak", "1", "blood-brain barrier leak", 0.0),
      .lesion_id = add("lesion_id", "1", "lesion number, 0 outside lesions", 0.0),
      .lesion_kind =
          add("lesion_kind", "1",
              "0 none, 1 active, 2 chronic active, 3 inactive, 4 remyelinated, 5 toxic", 0.0),
      .lesion_onset_d = add("lesion_onset_d", "d", "day of lesion onset", 0.0),
      .rim_progress =
          add("rim_progress", "1", "share of the voxel that a lesion's rim has passed", 0.0)};
  world.tissue().allow_negative(state.lesion_onset_d);
  return state;
}

FieldState FieldState::bind(World& world) {
  const auto voxels = world.grid().parenchyma_size();
  const auto add = [&](const char* name, const char* long_name) {
    return shared(world.fields(), "signalling", name, "1", long_name, voxels, 0.0);
  };
  return {.inflammatory = add("inflammatory", "TNF and IFN-gamma, of a reference active lesion"),
          .regulatory = add("regulatory", "IL-10 and TGF-beta, of a reference active lesion"),
          .trophic = add("trophic", "LIF and BDNF, of a reference source"),
          .chemoattractant = add("chemoattractant", "CXCL12 and CCL2, of a reference source"),
          .antigen = add("antigen", "donor antigen, of a reference source")};
}

DrugEffects DrugEffects::bind(World& world) {
  const auto add = [&](const char* name, const char* long_name) {
    return shared(world.compartments(), "pharmacology", name, "1", long_name, 1, 0.0);
  };
  return {.priming = add("effect_priming", "block of T-cell priming by drugs"),
          .expansion = add("effect_expansion", "block of T-cell expansion by drugs"),
          .traffic = add("effect_traffic", "block of T-cell entry by drugs"),
          .cytokine = add("effect_cytokine", "block of inflammatory cytokines by drugs"),
          .barrier = add("effect_barrier", "block of barrier leak by drugs"),
          .microglia = add("effect_microglia", "block of microglial activation by drugs"),
          .kill = add("effect_kill", "block of killing by drugs")};
}

GraftState GraftState::bind(World& world) {
  return {.deaths_in_tissue = shared(world.tissue(), "lifecycle", "donor_deaths_in_tissue", "cell",
                                     "donor cells that died here, cumulative",
                                     world.grid().parenchyma_size(), 0.0)};
}

EffectorState EffectorState::bind(World& world) {
  const auto add = [&](const char* name, const char* unit, const char* long_name) {
    return shared(world.compartments(), "periphery", name, unit, long_name, 1, 0.0);
  };
  return {.effector_cd8 = add("effector_cd8", "cell", "alloreactive CD8 effectors in blood"),
          .effector_cd4 = add("effector_cd4", "cell", "alloreactive CD4 effectors in blood"),
          .treg = add("treg", "cell", "donor-specific regulatory T cells in blood"),
          .nk = add("nk", "cell", "licensed natural killer cells in blood"),
          .memory = add("memory", "cell", "alloreactive memory T cells"),
          .antibody = add("antibody", "1", "donor-specific antibody, of the positive threshold"),
          .help = add("help", "1", "CD4 help")};
}

HostState HostState::bind(World& world) {
  const auto add = [&](const char* name, const char* unit, const char* long_name, double fill) {
    return shared(world.compartments(), "host", name, unit, long_name, 1, fill);
  };
  return {.age_factor = add("age_factor", "1", "age factor of repair", 1.0),
          .body_mass_kg = add("body_mass_kg", "kg", "body mass", 70.0),
          .node_volume_ml = add("node_volume_ml", "mL", "volume of the cervical nodes", 5.0),
          .mismatch = add("mismatch", "1", "share of mismatched HLA loci", 1.0),
          .response_gain = add("response_gain", "1", "alloresponse of this individual", 1.0),
          .degeneration_per_y =
              add("degeneration_per_y", "1/y", "imposed loss of axons outside lesions", 0.0)};
}

}  // namespace neurograft
