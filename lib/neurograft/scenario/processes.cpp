#include <array>

#include <neurograft/core/ranges.hpp>
#include <neurograft/model/antigenicity.hpp>
#include <neurograft/model/csf_transport.hpp>
#include <neurograft/model/csf_trophic.hpp>
#include <neurograft/model/cytotoxicity.hpp>
#include <neurograft/model/infiltration.hpp>
#include <neurograft/model/lifecycle.hpp>
#include <neurograft/model/migration.hpp>
#include <neurograft/model/periphery.hpp>
#include <neurograft/model/perivascular_trophic.hpp>
#include <neurograft/model/readouts.hpp>
#include <neurograft/model/signalling.hpp>
#include <neurograft/model/tissue.hpp>
#include <neurograft/scenario/processes.hpp>

namespace neurograft {
namespace {

// A process that needs nothing but its own parameters.
template <class P, class Parameters, const Section<Parameters>& (*section)()>
std::unique_ptr<Process> make(const ResolvedConfig& config, const ProcessInputs&) {
  return std::make_unique<P>(section().read(config.section(section().table().section)));
}

std::unique_ptr<Process> make_protocol(const ResolvedConfig& config, const ProcessInputs& inputs) {
  return std::make_unique<Protocol>(protocol_section().read(config.section("protocol")),
                                    inputs.injections, inputs.lesions, inputs.insults);
}

std::unique_ptr<Process> make_pharmacology(const ResolvedConfig& config,
                                           const ProcessInputs& inputs) {
  return std::make_unique<Pharmacology>(inputs.drug_courses,
                                        pharmacology_section().read(config.section("pharmacology")),
                                        inputs.host, drug_profiles(config));
}

std::unique_ptr<Process> make_lifecycle(const ResolvedConfig& config, const ProcessInputs&) {
  std::vector<LifecycleParameters> products{lifecycle_section().read(config.section("lifecycle"))};
  for (const SectionValues& product : config.entries("product")) {
    products.push_back(lifecycle_section().read(product));
  }
  return std::make_unique<Lifecycle>(std::move(products));
}

std::unique_ptr<Process> make_signalling(const ResolvedConfig& config, const ProcessInputs&) {
  return std::make_unique<Signalling>(signalling_section().read(config.section("signalling")),
                                      field_settings(config.entries("fields")));
}

std::unique_ptr<Process> make_readouts(const ResolvedConfig& config, const ProcessInputs& inputs) {
  return std::make_unique<Readouts>(readouts_section().read(config.section("readouts")),
                                    inputs.tract_names);
}

ParameterTable with_switches(const ProcessEntry& entry) {
  ParameterTable table = entry.table;
  table.parameters.insert(
      table.parameters.begin(),
      {{"enabled", "", entry.enabled, any_number, "Whether the process runs", "", Grade::setting},
       {"every_h", "h", entry.every_h, Range{0.0, 720.0, true},
        "Period of its steps; a whole number of base steps", "", Grade::setting}});
  return table;
}

}  // namespace

std::span<const ProcessEntry> process_entries() {
  static const std::array entries{
      ProcessEntry{protocol_section().table(), true, 24.0, make_protocol},
      ProcessEntry{pharmacology_section().table(), true, 6.0, make_pharmacology},
      ProcessEntry{periphery_section().table(), true, 6.0,
                   make<Periphery, PeripheryParameters, periphery_section>},
      ProcessEntry{infiltration_section().table(), true, 6.0,
                   make<Infiltration, InfiltrationParameters, infiltration_section>},
      ProcessEntry{antigenicity_section().table(), true, 6.0,
                   make<Antigenicity, AntigenicityParameters, antigenicity_section>},
      ProcessEntry{csf_transport_section().table(), true, 1.0,
                   make<CsfTransport, CsfTransportParameters, csf_transport_section>},
      ProcessEntry{migration_section().table(), true, 1.0,
                   make<Migration, MigrationParameters, migration_section>},
      ProcessEntry{cytotoxicity_section().table(), true, 1.0,
                   make<Cytotoxicity, CytotoxicityParameters, cytotoxicity_section>},
      ProcessEntry{lifecycle_section().table(), true, 1.0, make_lifecycle},
      ProcessEntry{csf_trophic_section().table(), false, 6.0,
                   make<CsfTrophic, CsfTrophicParameters, csf_trophic_section>},
      ProcessEntry{
          perivascular_trophic_section().table(), false, 6.0,
          make<PerivascularTrophic, PerivascularTrophicParameters, perivascular_trophic_section>},
      ProcessEntry{signalling_section().table(), true, 6.0, make_signalling},
      ProcessEntry{tissue_section().table(), true, 6.0,
                   make<Tissue, TissueParameters, tissue_section>},
      ProcessEntry{readouts_section().table(), true, 24.0, make_readouts},
  };
  return entries;
}

std::vector<ParameterTable> process_tables() {
  std::vector<ParameterTable> tables;
  const auto entry_table = [&](ParameterTable table, const char* section, bool repeated) {
    if (section != nullptr) table.section = section;
    table.repeated = repeated;
    table.named = !repeated;
    tables.push_back(std::move(table));
  };
  entry_table(drug_section().table(), nullptr, true);
  entry_table(insult_section().table(), nullptr, true);
  for (const ProcessEntry& entry : process_entries()) tables.push_back(with_switches(entry));
  for (const std::string_view drug : drug_names()) {
    tables.push_back(drug_profile_section(drug).table());
  }
  entry_table(lifecycle_section().table(), "product", false);
  tables.push_back(field_table());
  return tables;
}

DrugProfiles drug_profiles(const ResolvedConfig& config) {
  DrugProfiles profiles;
  for (const std::string_view drug : drug_names()) {
    profiles.emplace(drug, drug_profile_section(drug).read(config.section(drug)));
  }
  return profiles;
}

}  // namespace neurograft
