#pragma once

#include <neurograft/core/parameter.hpp>

namespace neurograft {

/// Parameters of `tissue_law.hpp` and of the process `tissue`. Rates [1/d], densities [cell/mm3].
struct TissueParameters {
  // Healthy tissue.
  double white_oligodendrocytes_per_mm3;
  double white_opc_per_mm3;
  double white_microglia_per_mm3;
  double white_turnover_per_y;
  double grey_oligodendrocytes_per_mm3;
  double grey_opc_per_mm3;
  double grey_microglia_per_mm3;
  double grey_turnover_per_y;
  // OPC.
  double opc_growth_per_d;
  double opc_rest_growth_per_d;
  double opc_density_cap;
  double opc_stimulus_half;
  double opc_basal_stimulus;
  double opc_recruitment_per_d;
  double opc_renewals;
  // Differentiation and oligodendrocytes.
  double differentiation_per_d;
  double debris_half;
  double inflammation_half;
  double trophic_differentiation_gain;
  double bare_axon_half;
  double survival_bare_axon_half;
  double maturation_d;
  double vacancy_replacement_per_d;
  double surplus_death_per_d;
  double inflammatory_death_per_d;
  // Myelin.
  double sheath_per_d;
  double keeping_capacity;
  double unsupported_decay_per_d;
  double stripping_per_d;
  double clearance_per_d;
  double microglial_clearance_per_d;
  // Axons.
  double myelinated_axon_loss_per_y;
  double bare_axon_loss_per_y;
  double axon_inflammation_gain;
  double axon_trophic_gain;
  double degeneration_trophic_gain;
  // Microglia.
  double activation_per_d;
  double microglial_growth_per_d;
  double microglia_density_cap;
  double activating_debris;
  double activating_inflammation;
  double activating_deaths_per_mm3_per_d;
  double switch_d;
  double switch_debris_half;
  double switch_regulatory_gain;
  double switch_stem_cell_gain;
  double stem_cell_half_per_mm3;
  double reparative_life_d;
  double microglial_renewal_per_d;
  // Barrier.
  double leak_per_d;
  double leak_relaxation_d;
  // Lesions.
  double active_lesion_drive;
  double active_lesion_duration_d;
  double chronic_differentiation;
  double rim_drive;
  double rim_speed_mm_per_y;
  double rim_oligodendrocyte_survival;
  double rim_renewal_left;
  // Numerics.
  double density_mm;
  double max_substep_d;
};

const Section<TissueParameters>& tissue_section();

}  // namespace neurograft
