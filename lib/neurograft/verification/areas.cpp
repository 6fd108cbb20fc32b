#include <array>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/verification/areas.hpp>
#include <neurograft/verification/diffusion.hpp>
#include <neurograft/verification/donor_cells.hpp>
#include <neurograft/verification/immune_response.hpp>
#include <neurograft/verification/killing.hpp>
#include <neurograft/verification/motion.hpp>
#include <neurograft/verification/pharmacokinetics.hpp>
#include <neurograft/verification/tissue.hpp>

namespace neurograft::verification {

std::span<const Area> areas() {
  static constexpr std::array all{
      Area{"diffusion", "substances that spread, decay and leave through surfaces",
           diffusion_checks},
      Area{"pharmacokinetics", "drug levels and mean effects", pharmacokinetics_checks},
      Area{"donor_cells", "survival, competing risks, births, attachment", donor_cell_checks},
      Area{"motion", "persistent walks, fibres, drift along a gradient", motion_checks},
      Area{"killing", "the killing law at voxels of 0.02 to 2 mm", killing_checks},
      Area{"immune_response", "delay chain, decay, priming, entry into brain, HLA",
           immune_response_checks},
      Area{"tissue", "turnover, OPC growth, decay of myelin and axons", tissue_checks}};
  return all;
}

const Area& area(std::string_view name) {
  std::string known;
  for (const Area& one : areas()) {
    if (one.name == name) return one;
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  throw InputError(
      Problem{"selftest", "no area \"" + std::string(name) + "\"", "", "areas: " + known});
}

}  // namespace neurograft::verification
