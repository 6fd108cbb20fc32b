#include <neurograft/core/ranges.hpp>
#include <neurograft/model/protocol.hpp>

namespace neurograft {

const Section<Insult>& insult_section() {
  using P = Insult;
  constexpr Grade setting = Grade::setting;
  constexpr Grade assumed = Grade::assumed;
  static const Section<P> section{
      "insult",
      "an experimental insult",
      {{{"kind",
         "",
         std::string("cuprizone"),
         any_number,
         "which",
         "setting",
         setting,
         {"cuprizone", "lpc", "sensitising"}},
        &P::kind},
       {{"start_d", "d", 0.0, ranges::day, "day it begins or happens", "setting", setting},
        &P::start_d},
       {{"stop_d", "d", 35.0, ranges::day, "cuprizone: day of withdrawal", "setting", setting},
        &P::stop_d},
       {{"kill_per_d", "1/d", 0.40, ranges::rate_per_d, "cuprizone: death rate of oligodendrocytes",
         "fitted with the tissue (V1-V3): callosum bare by week 5, doi "
         "10.1016/j.brainres.2009.06.005",
         Grade::calibrated},
        &P::kill_per_d},
       {{"lag_d", "d", 10.0, ranges::span_d, "cuprizone: from exposure to the first deaths",
         "assumed: microglia begin to gather in week 3, nine tenths of myelin are gone in week 5, "
         "doi 10.1016/j.brainres.2009.06.005",
         Grade::assumed},
        &P::lag_d},
       {{"persist_d", "d", 0.0, ranges::span_d, "cuprizone: how long killing outlasts withdrawal",
         "assumed", assumed},
        &P::persist_d},
       {{"site_mm", "mm", std::vector<double>{}, within(-1e4, 1e4),
         "lpc: x, y, z in the space of the brain's image", "setting", setting},
        &P::site_mm},
       {{"radius_mm", "mm", 0.5, ranges::length_mm, "lpc: of the lesion", "assumed", assumed},
        &P::radius_mm},
       {{"demyelination", "", 0.95, fraction, "lpc: share of myelin lost at once",
         "nearly complete, doi 10.1007/BF01191213; value assumed", assumed},
        &P::demyelination},
       {{"oligodendrocyte_kill", "", 0.95, fraction, "lpc: share of oligodendrocytes killed",
         "assumed", assumed},
        &P::oligodendrocyte_kill},
       {{"opc_kill", "", 0.5, fraction, "lpc: share of OPC killed", "assumed", assumed},
        &P::opc_kill},
       {{"axon_loss", "", 0.05, fraction, "lpc: share of axons lost", "assumed", assumed},
        &P::axon_loss},
       {{"antigen_cells", "cell", 1e6, within(0.0, 1e12),
         "sensitising: donor antigen that reaches the nodes, in cell-equivalents", "assumed",
         assumed},
        &P::antigen_cells}}};
  return section;
}

const Section<ProtocolParameters>& protocol_section() {
  using P = ProtocolParameters;
  using Values = std::vector<double>;
  // In the order active, chronic active, inactive, remyelinated.
  const auto by_kind = [](const char* key, Values values, Range range, const char* meaning,
                          const char* source, Values P::*member) {
    return Bound<P>{{key, "", std::move(values), range, meaning, source, Grade::assumed}, member};
  };
  constexpr const char* order =
      "assumed; order active > chronic active > inactive, doi 10.1177/135245859800400203";
  static const Section<P> section{
      "protocol",
      "state of lesions when they enter the run; lists: active, chronic active, inactive, "
      "remyelinated",
      {by_kind("axon_loss", {0.10, 0.45, 0.60, 0.45}, fraction, "share of axons lost",
               "0.64 demyelinated, 0.59 remyelinated, doi 10.1177/135245859800400203; early "
               "lesions assumed",
               &P::axon_loss),
       by_kind("demyelination", {0.90, 0.95, 1.0, 0.90}, fraction,
               "share of surviving axons that lose their first myelin", "assumed",
               &P::demyelination),
       by_kind("remyelinated_share", {0.0, 0.05, 0.05, 0.85}, fraction,
               "share of those axons with new myelin", "assumed", &P::remyelinated_share),
       by_kind("debris_share", {1.0, 0.15, 0.0, 0.0}, fraction,
               "share of lost myelin that lies about as debris", order, &P::debris_share),
       by_kind("oligodendrocyte_loss", {0.70, 0.90, 0.95, 0.20}, fraction,
               "share of oligodendrocytes lost",
               "assumed; 0-970 per mm2, doi 10.1093/brain/122.12.2279", &P::oligodendrocyte_loss),
       by_kind("opc_loss", {0.2, 0.4, 0.5, 0.2}, fraction, "share of OPC lost",
               "assumed; OPC persist in chronic lesions", &P::opc_loss),
       by_kind("capacity_loss", {0.0, 0.3, 0.5, 0.3}, fraction,
               "share of the OPC pool's renewal capacity used up", "assumed", &P::capacity_loss),
       by_kind("inflammatory_fold", {3.0, 1.5, 0.05, 0.05}, ranges::gain,
               "pro-inflammatory microglia, of resting ones before",
               "assumed; 3-10 fold density in active lesions", &P::inflammatory_fold),
       by_kind("reparative_fold", {0.3, 0.3, 0.05, 0.1}, ranges::gain,
               "reparative microglia, of resting ones before", "assumed", &P::reparative_fold),
       by_kind("barrier_leak", {0.8, 0.2, 0.05, 0.05}, fraction, "barrier leak",
               "assumed; enhancing lesions are the active ones", &P::barrier_leak)}};
  return section;
}

}  // namespace neurograft
