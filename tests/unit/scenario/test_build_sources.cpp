#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <neurograft/io/schema.hpp>
#include <neurograft/scenario/build.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

// No bare numbers: what is graded as known says from where.

namespace {

std::string address(const ParameterTable& table, const ParameterInfo& info) {
  return table.section + "." + info.key;
}

/// Whether a text names something that can be looked up: a DOI, an entry of PubMed, PubMed Central
/// or ClinicalTrials.gov, or author, year and journal ("Shields 1999 Glia").
bool names_a_publication(const std::string& text) {
  static const std::regex pattern(
      R"(\b10\.\d{4,9}/\S+|\bPMID \d{6,8}\b|\bPMC\d{6,8}\b|\bNCT\d{8}\b)"
      R"(|\b[A-Z][a-z]+ (19|20)\d\d [A-Z]\w*)");
  return std::regex_search(text, pattern);
}

/// Whether a text rests on another parameter, named as `section.key`, or `key` of its own table.
bool names_a_parameter(const std::string& text, const ParameterTable& own,
                       const std::set<std::string>& all) {
  static const std::regex word(R"([a-z0-9_]+(\.[a-z0-9_]+)?)");
  for (auto at = std::sregex_iterator(text.begin(), text.end(), word); at != std::sregex_iterator();
       ++at) {
    if (all.contains(at->str())) return true;
    if (at->str().find('_') != std::string::npos && all.contains(own.section + "." + at->str())) {
      return true;
    }
  }
  return false;
}

/// Why the source of a parameter does not do for its grade; empty: it does.
std::string fault(const ParameterTable& table, const ParameterInfo& info,
                  const std::set<std::string>& all) {
  if (info.grade == Grade::setting) return "";
  if (info.source.empty()) return "has no source";
  // A choice: what it says beyond that is up to what there is to say.
  if (info.grade == Grade::assumed || info.grade == Grade::hypothesis) return "";
  if (names_a_publication(info.source) || names_a_parameter(info.source, table, all)) return "";
  // Values that follow from how others are defined.
  static const std::regex definition("by definition|are apparent");
  if (info.grade == Grade::derived && std::regex_search(info.source, definition)) return "";
  return "is graded " + std::string(to_string(info.grade)) +
         ", yet its source names no publication";
}

std::set<std::string> addresses(const std::vector<ParameterTable>& tables) {
  std::set<std::string> result;
  for (const ParameterTable& table : tables) {
    for (const ParameterInfo& info : table.parameters) result.insert(address(table, info));
  }
  return result;
}

}  // namespace

TEST_CASE("every parameter has a meaning, and a source that does for its grade") {
  const std::vector<ParameterTable> tables = with_known_names(parameter_tables());
  const std::set<std::string> all = addresses(tables);
  std::size_t parameters = 0;
  for (const ParameterTable& table : tables) {
    for (const ParameterInfo& info : table.parameters) {
      INFO(address(table, info), " ", info.source);
      CHECK(!info.meaning.empty());
      CHECK(fault(table, info, all) == "");
      ++parameters;
    }
  }
  CHECK(parameters > 500);
}

TEST_CASE("a bare number is found") {
  ParameterTable table;
  table.section = "part";
  ParameterInfo other;
  other.key = "other_per_d";
  ParameterInfo info;
  info.key = "rate_per_d";
  table.parameters = {other, info};
  const std::set<std::string> all = addresses({table});
  const auto refused = [&](Grade grade, const std::string& source) {
    info.grade = grade;
    info.source = source;
    return !fault(table, info, all).empty();
  };
  for (const Grade grade : {Grade::measured, Grade::derived, Grade::calibrated}) {
    for (const char* bare : {"", "assumed", "0.5", "literature", "measured in mice", "10.1",
                             "Smith 2003", "doi", "Journal 2011", "as rate of others"}) {
      INFO(std::string(bare));
      CHECK(refused(grade, bare));
    }
    for (const char* good :
         {"doi 10.1016/j.stem.2023.11.001", "0.4-0.6, PMID 10573065", "PMC6046506, table 2",
          "NCT03282760", "fitted to repair in rats (Shields 1999 Glia 28:77)",
          "twice part.other_per_d", "as other_per_d"}) {
      INFO(std::string(good));
      CHECK_FALSE(refused(grade, good));
    }
  }
  CHECK(refused(Grade::assumed, ""));
  CHECK(refused(Grade::hypothesis, ""));
  CHECK_FALSE(refused(Grade::assumed, "assumed, 1-2"));
  CHECK_FALSE(refused(Grade::setting, ""));
  CHECK(refused(Grade::measured, "by definition"));
  CHECK_FALSE(refused(Grade::derived, "by definition"));
}
