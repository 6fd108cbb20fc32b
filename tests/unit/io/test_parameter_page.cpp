#include <string>
#include <vector>

#include <neurograft/io/parameter_page.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

const std::vector<ParameterTable>& tables() {
  static const std::vector<ParameterTable> list = [] {
    const ParameterInfo cells{"cells",      "cell",     std::int64_t{5},
                              non_negative, "how many", "10.1234/x"};
    const ParameterInfo route{"route", "",        std::string("icv"), any_number,
                              "a | b", "setting", Grade::setting,     {"icv", "parenchymal"}};
    const ParameterInfo gain{"gain", "1", 0.5, fraction, "in [0, 1]", "assumed", Grade::assumed};
    return std::vector<ParameterTable>{{"graft", "the graft", false, false, {cells, route}},
                                       {"graft.extra", "more", true, false, {cells}},
                                       {"fields", "a field", false, true, {gain}}};
  }();
  return list;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the page has a table per section, with default, allowed values and grade") {
  const std::string page = parameter_page(tables());
  CHECK(page.starts_with("# Parameters\n"));
  CHECK(contains(page, "\n## `[graft]`\n\nthe graft\n\n| key | unit |"));
  CHECK(contains(page,
                 "| `cells` | cell | `5` | >= 0 | how many | "
                 "[10.1234/x](https://doi.org/10.1234/x) | assumed |\n"));
  CHECK(contains(page, "| `route` |  | `\"icv\"` | \"icv\" or \"parenchymal\" | a \\| b |  |"));
  CHECK(contains(page, "## `[fields.NAME]`\n"));
  CHECK(parameter_page(tables()) == page);
}

TEST_CASE("the page counts by grade, what is in another section once") {
  const std::string page = parameter_page(tables());
  CHECK(contains(page, "| [`[graft]`](#graft) | 2 | | | | 1 | | 1 |\n"));
  CHECK(contains(page, "| [`[[graft.extra]]`](#graftextra) | as [`[graft]`](#graft) |||||||\n"));
  CHECK(contains(page, "| [`[fields.NAME]`](#fieldsname) | 1 | | | | 1 | | |\n"));
  CHECK(contains(page, "| **all** | 3 | | | | 2 | | 1 |\n"));
  CHECK(contains(page,
                 "more\n\nKeys and defaults as in [`[graft]`](#graft), but without `route`.\n"));
}

TEST_CASE("sources lead to what they name") {
  CHECK(linked_source("assumed") == "assumed");
  CHECK(linked_source("fitted, doi 10.1234/a.b(c)1; and (10.1234/d), table 4") ==
        "fitted, doi [10.1234/a.b(c)1](https://doi.org/10.1234/a.b%28c%291); and "
        "([10.1234/d](https://doi.org/10.1234/d)), table 4");
  CHECK(linked_source("doi 10.1002/x<77::A>3.0.CO;2-F; more") ==
        "doi [10.1002/x&lt;77::A>3.0.CO;2-F]"
        "(https://doi.org/10.1002/x%3C77::A%3E3.0.CO%3B2-F); more");
  CHECK(linked_source("NCT03282760: run-in") ==
        "[NCT03282760](https://clinicaltrials.gov/study/NCT03282760): run-in");
  CHECK(linked_source("PMC123, PMID 45.") ==
        "[PMC123](https://pmc.ncbi.nlm.nih.gov/articles/PMC123), "
        "[PMID 45](https://pubmed.ncbi.nlm.nih.gov/45).");
  CHECK(linked_source("from 10.5 to 10.25/d, xPMC1") == "from 10.5 to 10.25/d, xPMC1");
}

TEST_CASE("text of a cell stays what it is") {
  CHECK(markdown_cell("a|b *1 <c>\n`d*|`") == "a\\|b \\*1 &lt;c> `d*\\|`");
}
