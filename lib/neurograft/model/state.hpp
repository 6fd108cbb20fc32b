#pragma once

#include <neurograft/core/export.hpp>
#include <neurograft/world/world.hpp>

/// @file
/// State that several processes share, declared once. Each `bind` adds the arrays on first call and
/// finds them afterwards, so the order of processes does not matter and none needs another's
/// header.
namespace neurograft {

/// Kind of lesion a voxel belongs to; kept as a number in `TissueState::lesion_kind`.
enum class LesionKind : std::uint8_t {
  none = 0,            ///< outside lesions
  active = 1,          ///< fresh, inflamed throughout
  chronic_active = 2,  ///< smouldering, with an inflamed rim
  inactive = 3,        ///< demyelinated, burnt out
  remyelinated = 4,    ///< repaired in large part
  toxic = 5,           ///< made by a toxin in an experiment: nothing keeps it inflamed
};

/// Resident tissue per parenchyma voxel, in `World::tissue()`. Fractions are of the healthy value
/// of the same tissue: 1 is healthy in white as in grey matter.
struct NEUROGRAFT_API TissueState {
  ArrayHandle axon_fraction;           ///< surviving axons, in grey matter neurites [1]
  ArrayHandle myelin_original;         ///< axon share still with its first myelin [1]
  ArrayHandle myelin_remyelinated;     ///< axon share with regenerated myelin [1]
  ArrayHandle debris;                  ///< myelin debris, in units of full myelin [1]
  ArrayHandle opc;                     ///< [cell/mm3]
  ArrayHandle premyelinating;          ///< [cell/mm3]
  ArrayHandle oligodendrocytes;        ///< host's own, mature [cell/mm3]
  ArrayHandle opc_capacity;            ///< what is left of the OPC pool's renewal capacity [1]
  ArrayHandle microglia_resting;       ///< [cell/mm3]
  ArrayHandle microglia_inflammatory;  ///< [cell/mm3]
  ArrayHandle microglia_reparative;    ///< [cell/mm3]
  ArrayHandle barrier_leak;            ///< in [0, 1]
  ArrayHandle lesion_id;               ///< 1, 2, ...; 0 outside lesions
  ArrayHandle lesion_kind;             ///< a LesionKind
  ArrayHandle lesion_onset_d;          ///< day of onset; meaningless outside lesions
  ArrayHandle rim_progress;            ///< share of the voxel that a lesion's rim has passed [1]

  /// Arrays are made as of healthy tissue without cells: axons, first myelin and OPC capacity 1,
  /// all else 0.
  static TissueState bind(World& world);
};

/// Substances per parenchyma voxel, in `World::fields()`: dimensionless lumps, 1 = the level in a
/// reference active lesion (for T and C: of a stated reference source).
struct NEUROGRAFT_API FieldState {
  ArrayHandle inflammatory;     ///< I: TNF, IFN-gamma
  ArrayHandle regulatory;       ///< R: IL-10, TGF-beta
  ArrayHandle trophic;          ///< T: LIF, BDNF
  ArrayHandle chemoattractant;  ///< C: CXCL12, CCL2
  ArrayHandle antigen;          ///< A: donor antigen

  static FieldState bind(World& world);  ///< arrays are made with 0 everywhere
};

/// What the drugs taken together do, each in [0, 1] where 1 is full block; scalars in
/// `World::compartments()`, means over the step. 0 without drugs.
struct NEUROGRAFT_API DrugEffects {
  ArrayHandle priming;    ///< naive T cells in nodes
  ArrayHandle expansion;  ///< IL-2 driven division
  ArrayHandle traffic;    ///< entry of T cells into brain
  ArrayHandle cytokine;   ///< inflammatory cytokine production
  ArrayHandle barrier;    ///< blood-brain barrier leak
  ArrayHandle microglia;  ///< microglial activation
  ArrayHandle kill;       ///< killing by mature effectors

  static DrugEffects bind(World& world);  ///< scalars are made with 0: no block
};

/// Donor cells that died, where: cumulative counts (whole numbers), so that each process that
/// follows deaths takes the difference over its own period.
struct NEUROGRAFT_API GraftState {
  ArrayHandle deaths_in_tissue;  ///< per parenchyma voxel, in tissue() [cell]

  static GraftState bind(World& world);  ///< arrays are made with 0 everywhere
};

/// Immune cells outside the brain, scalars in `World::compartments()`; owned by `periphery`.
struct NEUROGRAFT_API EffectorState {
  ArrayHandle effector_cd8;  ///< alloreactive, in blood [cell]
  ArrayHandle effector_cd4;  ///< [cell]
  ArrayHandle treg;          ///< donor-specific regulatory, in blood [cell]
  ArrayHandle nk;            ///< licensed natural killer cells in blood [cell]
  ArrayHandle memory;        ///< CD8 memory [cell]
  ArrayHandle antibody;      ///< donor-specific antibody, titre in units of the positive threshold
  ArrayHandle help;          ///< CD4 help for effectors and licensing, in [0, 1]

  static EffectorState bind(World& world);  ///< scalars are made with 0: none
};

/// Per-host factors fixed for a run, scalars in `World::compartments()`, set by the scenario before
/// the first tick; the defaults are those of a healthy young adult human.
struct NEUROGRAFT_API HostState {
  ArrayHandle age_factor;      ///< multiplies recruitment, differentiation, clearance, switch [1]
  ArrayHandle body_mass_kg;    ///< [kg]
  ArrayHandle node_volume_ml;  ///< cervical nodes [mL]
  ArrayHandle mismatch;        ///< HLA mismatch share in [0, 1]: mismatches / 6
  ArrayHandle response_gain;   ///< alloresponse of this individual, log-normal about 1 [1]
  ArrayHandle degeneration_per_y;  ///< imposed axon loss of normal-appearing tissue [1/y]

  /// Scalars are made with 70 kg, nodes of 5 mL, no imposed degeneration and factors of 1: full
  /// mismatch too.
  static HostState bind(World& world);
};

}  // namespace neurograft
