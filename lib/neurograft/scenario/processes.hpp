#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <neurograft/engine/process.hpp>
#include <neurograft/io/config_check.hpp>
#include <neurograft/model/pharmacology.hpp>
#include <neurograft/model/protocol.hpp>

/// The pipeline: which processes there are, in which order, and how each is made from a config. A
/// new process of the library is one entry here.
namespace neurograft {

/// What processes need besides their own section.
struct ProcessInputs {
  std::vector<Injection> injections;
  std::vector<LesionOnset> lesions;
  std::vector<Insult> insults;
  std::vector<DrugCourse> drug_courses;
  HostPharmacology host;
  std::vector<std::string> tract_names;  ///< by tract number - 1
  double lesions_left_out_ml = 0.0;      ///< part of a lesion mask outside white matter
  std::size_t lesions_missed = 0;        ///< parts of it that fall between the middles of voxels
  double lesions_missed_ml = 0.0;        ///< their volume
};

struct ProcessEntry {
  const ParameterTable& table;  ///< the process's own section, without `enabled` and `every_h`
  bool enabled;                 ///< by default
  double every_h;               ///< default period
  std::unique_ptr<Process> (*make)(const ResolvedConfig& config, const ProcessInputs& inputs);
};

/// All processes in pipeline order.
std::span<const ProcessEntry> process_entries();

/// Their tables with `enabled` and `every_h` added, and those of the entries they read
/// ([[drug]], [[insult]], [fields.NAME], [product.NAME], [tacrolimus], ...).
std::vector<ParameterTable> process_tables();

/// The drugs known to a config, with its values.
DrugProfiles drug_profiles(const ResolvedConfig& config);

}  // namespace neurograft
