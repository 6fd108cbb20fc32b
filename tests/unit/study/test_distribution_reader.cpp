#include <neurograft/study/distribution.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

// What stands on the right of `prior =` in the second line of a file.
std::optional<Distribution> read(const std::string& text, std::vector<Problem>& problems) {
  const Config config = Config::from_string("\nprior = " + text + "\n", "f.toml");
  return read_distribution(config.root().tables.at(0), problems);
}

Distribution law(const std::string& text) {
  std::vector<Problem> problems;
  const auto found = read(text, problems);
  if (!found) throw InputError(problems);
  return *found;
}

std::string problems_of(const std::string& text) {
  std::vector<Problem> problems;
  const auto found = read(text, problems);
  CHECK(found.has_value() == problems.empty());
  return problems.empty() ? "" : InputError(problems).what();
}

}  // namespace

TEST_CASE("every kind of law is read") {
  const Distribution uniform = law("{ kind = \"uniform\", lowest = 1, highest = 3.5 }");
  CHECK(uniform.kind() == DistributionKind::uniform);
  CHECK(uniform.lowest() == 1.0);
  CHECK(uniform.highest() == 3.5);
  const Distribution logs = law("{ kind = \"log_uniform\", lowest = 1e-3, highest = 1e3 }");
  CHECK(logs.kind() == DistributionKind::log_uniform);
  CHECK(logs.quantile(0.5) == doctest::Approx(1.0));
  const Distribution normal = law("{ kind = \"normal\", mean = 2, sd = 0.5, lowest = 1.5 }");
  CHECK(normal.kind() == DistributionKind::normal);
  CHECK(normal.lowest() == 1.5);
  CHECK(normal.highest() == Distribution::unbounded);
  CHECK(normal.log_density(2.0) == Distribution::normal(2.0, 0.5, 1.5).log_density(2.0));
  const Distribution log_normal =
      law("{ kind = \"log_normal\", median = 1.0, sigma = 0.3, highest = 2 }");
  CHECK(log_normal.kind() == DistributionKind::log_normal);
  CHECK(log_normal.log_density(0.9) ==
        Distribution::log_normal(1.0, 0.3, 0.0, 2.0).log_density(0.9));
  const Distribution whole = law("{ kind = \"whole\", lowest = 0, highest = 6.0 }");
  CHECK(whole.kind() == DistributionKind::whole);
  CHECK(whole.quantile(0.999) == 6.0);
  const Distribution texts = law("{ kind = \"choice\", values = ['a', 'b'], weights = [1, 3] }");
  CHECK(texts.quantile(0.24) == 0.0);
  CHECK(texts.quantile(0.26) == 1.0);
  CHECK(texts.setting(1.0) == Value(std::string("b")));
  CHECK(law("{ kind = \"choice\", values = [3, 5] }").setting(1.0) == Value(5.0));
}

TEST_CASE("a law without a kind, or of none that there is") {
  const std::string kinds =
      "\"uniform\", \"log_uniform\", \"normal\", \"log_normal\", \"whole\" and \"choice\"";
  CHECK(problems_of("{ lowest = 1, highest = 2 }") ==
        "f.toml:2: prior has no \"kind\" (it is one of " + kinds + ")");
  CHECK(problems_of("{ kind = \"log_norml\", sigma = 1, medin = 1 }") ==
        "f.toml:2: prior.kind = \"log_norml\" (must be one of \"uniform\", \"log_uniform\", "
        "\"normal\", \"log_normal\", \"whole\", \"choice\"); did you mean \"log_normal\"?\n"
        "f.toml:2: unknown key \"medin\" in prior; did you mean \"median\"?");
  CHECK(problems_of("{ kind = 3 }") == "f.toml:2: prior.kind = 3 (must be a text in quotes)");
}

TEST_CASE("unknown and missing keys are told with what the law has") {
  CHECK(problems_of("{ kind = \"normal\", mean = 1, sdd = 2 }") ==
        "f.toml:2: unknown key \"sdd\" in prior (a normal distribution has \"mean\", \"sd\", "
        "\"lowest\" and \"highest\"); did you mean \"sd\"?\n"
        "f.toml:2: prior has no \"sd\" (a normal distribution needs \"mean\" and \"sd\")");
  CHECK(problems_of("{ kind = \"uniform\", lowest = 0, highest = 1, sd = 2 }") ==
        "f.toml:2: unknown key \"sd\" in prior (a uniform distribution has \"lowest\" and "
        "\"highest\")");
  CHECK(problems_of("{ kind = \"choice\" }") ==
        "f.toml:2: prior has no \"values\" (a choice distribution needs \"values\")");
}

TEST_CASE("values of a wrong type or out of range are all told") {
  CHECK(problems_of("{ kind = \"normal\", mean = nan, sd = -1, lowest = 'a', highest = {} }") ==
        "f.toml:2: prior.lowest = \"a\" (must be a number)\n"
        "f.toml:2: prior.mean = nan (must be finite)\n"
        "f.toml:2: prior.sd = -1 (must be > 0)\n"
        "f.toml:2: prior.highest is a table (must be a number)");
  CHECK(problems_of("{ kind = \"uniform\", lowest = -inf, highest = inf }") ==
        "f.toml:2: prior.lowest = -inf (must be finite)\n"
        "f.toml:2: prior.highest = inf (must be finite)");
  CHECK(problems_of("{ kind = \"normal\", mean = inf, sd = inf }") ==
        "f.toml:2: prior.mean = inf (must be finite)\n"
        "f.toml:2: prior.sd = inf (must be finite)");
  CHECK(problems_of("{ kind = \"whole\", lowest = 0.5, highest = 3 }") ==
        "f.toml:2: prior.lowest = 0.5 (must be a whole number)");
  CHECK(problems_of("{ kind = \"choice\", values = \"a\", weights = [1, 0] }") ==
        "f.toml:2: prior.values = \"a\" (must be a list of texts in quotes); write [\"a\"]\n"
        "f.toml:2: prior.weights = [1.0, 0.0] (every element must be > 0)");
}

TEST_CASE("what no single key shows has the line of a key") {
  CHECK(problems_of("{ kind = \"uniform\", lowest = 3, highest = 1 }") ==
        "f.toml:2: prior.lowest = 3.0 (must be below highest = 1.0)");
  CHECK(problems_of("{ kind = \"log_uniform\", lowest = 2, highest = 2 }") ==
        "f.toml:2: prior.lowest = 2.0 (must be below highest = 2.0)");
  CHECK(problems_of("{ kind = \"log_normal\", median = 1, sigma = 0.01, lowest = 3 }") ==
        "f.toml:2: prior.lowest = 3.0 and highest = inf (hold none of the distribution)");
  CHECK(problems_of("{ kind = \"choice\", values = [] }") ==
        "f.toml:2: prior.values = [] (must not be empty)");
  CHECK(problems_of("{ kind = \"choice\", values = ['a'], weights = [1, 2] }") ==
        "f.toml:2: prior.weights = [1.0, 2.0] (must be as many as values, 1)");
  const Config config =
      Config::from_string("[prior]\nkind = \"uniform\"\nhighest = 1\nlowest = 2\n", "f.toml");
  std::vector<Problem> problems;
  CHECK_FALSE(read_distribution(config.root().tables.at(0), problems).has_value());
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].where == "f.toml:4");
}
