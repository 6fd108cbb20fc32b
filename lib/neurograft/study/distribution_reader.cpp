#include <algorithm>
#include <string>
#include <utility>

#include <neurograft/io/config_check.hpp>
#include <neurograft/study/distribution.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

// A kind of law and its keys; the fallbacks carry the types, and stand for bounds not given.
struct Form {
  DistributionKind kind;
  std::string name;
  std::vector<ParameterInfo> needed;
  std::vector<ParameterInfo> optional;

  std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const ParameterInfo& info : needed) names.push_back(info.key);
    for (const ParameterInfo& info : optional) names.push_back(info.key);
    return names;
  }

  const ParameterInfo* find(const std::string& key) const {
    for (const auto* infos : {&needed, &optional}) {
      for (const ParameterInfo& info : *infos) {
        if (info.key == key) return &info;
      }
    }
    return nullptr;
  }
};

ParameterInfo key_info(std::string key, Value fallback, Range range = any_number,
                       std::vector<std::string> choices = {}) {
  return {std::move(key),    "", std::move(fallback), range, "", "", Grade::setting,
          std::move(choices)};
}

const std::vector<Form>& forms() {
  using Kind = DistributionKind;
  constexpr double inf = Distribution::unbounded;
  const auto real = [](const char* key, double fallback, Range range = any_number) {
    return key_info(key, fallback, range);
  };
  constexpr std::int64_t none = 0;
  static const std::vector<Form> all{
      {Kind::uniform, "uniform", {real("lowest", -inf), real("highest", inf)}, {}},
      {Kind::log_uniform,
       "log_uniform",
       {real("lowest", -inf, positive), real("highest", inf, positive)},
       {}},
      {Kind::normal,
       "normal",
       {real("mean", inf), real("sd", inf, positive)},
       {real("lowest", -inf), real("highest", inf)}},
      {Kind::log_normal,
       "log_normal",
       {real("median", inf, positive), real("sigma", inf, positive)},
       {real("lowest", 0.0, non_negative), real("highest", inf, positive)}},
      {Kind::whole, "whole", {key_info("lowest", none), key_info("highest", none)}, {}},
      {Kind::choice,
       "choice",
       {key_info("values", std::vector<std::string>{})},
       {key_info("weights", std::vector<double>{}, positive)}}};
  return all;
}

// "a", "b" and "c"
std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const char* before = i == 0 ? "" : i + 1 == names.size() ? " and " : ", ";
    text += fmt::format("{}\"{}\"", before, names[i]);
  }
  return text;
}

class DistributionReader {
 public:
  DistributionReader(const ConfigTable& table, std::vector<Problem>& problems)
      : table_(table), problems_(problems), before_(problems.size()) {}

  std::optional<Distribution> read() {
    const Form* form = read_kind();
    for (const ConfigValue& given : table_.values) read_value(given, form);
    for (const ConfigTable& inner : table_.tables) {
      read_value({inner.name, {}, "a table", inner.origin}, form);
    }
    if (form != nullptr) check_needed(*form);
    if (problems_.size() > before_) return std::nullopt;
    try {
      return make(*form);
    } catch (const InputError& error) {
      for (Problem problem : error.problems()) {
        const ConfigValue* about = table_.find(problem.what.substr(0, problem.what.find(' ')));
        complain(about == nullptr ? table_.origin : about->origin,
                 fmt::format("{}.{}", table_.name, problem.what), problem.why);
      }
      return std::nullopt;
    }
  }

 private:
  void complain(const ConfigOrigin& origin, std::string what, std::string why,
                std::string hint = {}) {
    problems_.push_back({origin.where, std::move(what), std::move(why), std::move(hint)});
  }

  void refuse(const ConfigValue& given, const CheckedValue& checked) {
    complain(
        given.origin,
        fmt::format("{}.{} {} {}", table_.name, given.key, given.value ? "=" : "is", given.text),
        checked.why, checked.hint);
  }

  const Form* read_kind() {
    std::vector<std::string> names;
    for (const Form& form : forms()) names.push_back(form.name);
    const ConfigValue* given = table_.find("kind");
    if (given == nullptr) {
      complain(table_.origin, fmt::format("{} has no \"kind\"", table_.name),
               "it is one of " + quoted_list(names));
      return nullptr;
    }
    const CheckedValue checked = check_value(*given, key_info("kind", "", any_number, names));
    if (checked.value) {
      for (const Form& form : forms()) {
        if (Value(form.name) == *checked.value) return &form;
      }
    }
    refuse(*given, checked);
    return nullptr;
  }

  // Without a form, a key that belongs to any is let pass.
  void read_value(const ConfigValue& given, const Form* form) {
    if (given.key == "kind") return;
    std::vector<std::string> known{"kind"};
    for (const Form& other : forms()) {
      if (form != nullptr && form != &other) continue;
      if (const ParameterInfo* info = other.find(given.key)) {
        if (form != nullptr) read_known(given, *info);
        return;
      }
      for (const std::string& key : other.keys()) known.push_back(key);
    }
    const std::string nearest = nearest_name(given.key, known);
    complain(given.origin, fmt::format("unknown key \"{}\" in {}", given.key, table_.name),
             form == nullptr
                 ? ""
                 : fmt::format("a {} distribution has {}", form->name, quoted_list(form->keys())),
             nearest.empty() ? "" : fmt::format("did you mean \"{}\"?", nearest));
  }

  void read_known(const ConfigValue& given, ParameterInfo info) {
    if (info.key == "values" && given.value &&
        std::holds_alternative<std::vector<double>>(*given.value)) {
      info.fallback = std::vector<double>{};
    }
    const CheckedValue checked = check_value(given, info);
    if (!checked.value) return refuse(given, checked);
    values_.values[given.key] = *checked.value;
  }

  void check_needed(const Form& form) {
    for (const ParameterInfo& info : form.needed) {
      const auto is_it = [&](const ConfigTable& inner) { return inner.name == info.key; };
      if (table_.find(info.key) != nullptr || std::ranges::any_of(table_.tables, is_it)) continue;
      std::vector<std::string> needed;
      for (const ParameterInfo& other : form.needed) needed.push_back(other.key);
      complain(table_.origin, fmt::format("{} has no \"{}\"", table_.name, info.key),
               fmt::format("a {} distribution needs {}", form.name, quoted_list(needed)));
    }
  }

  template <class T>
  T given(const Form& form, const char* key) const {
    const auto found = values_.values.find(key);
    return std::get<T>(found == values_.values.end() ? form.find(key)->fallback : found->second);
  }

  std::vector<Value> entries() const {
    std::vector<Value> result;
    const Value& list = values_.at("values");
    if (const auto* texts = std::get_if<std::vector<std::string>>(&list)) {
      result.assign(texts->begin(), texts->end());
    } else {
      const auto& numbers = std::get<std::vector<double>>(list);
      result.assign(numbers.begin(), numbers.end());
    }
    return result;
  }

  Distribution make(const Form& form) const {
    const auto real = [&](const char* key) { return given<double>(form, key); };
    switch (form.kind) {
      case DistributionKind::uniform:
        return Distribution::uniform(real("lowest"), real("highest"));
      case DistributionKind::log_uniform:
        return Distribution::log_uniform(real("lowest"), real("highest"));
      case DistributionKind::normal:
        return Distribution::normal(real("mean"), real("sd"), real("lowest"), real("highest"));
      case DistributionKind::log_normal:
        return Distribution::log_normal(real("median"), real("sigma"), real("lowest"),
                                        real("highest"));
      case DistributionKind::whole:
        return Distribution::whole(given<std::int64_t>(form, "lowest"),
                                   given<std::int64_t>(form, "highest"));
      case DistributionKind::choice:
        break;
    }
    return Distribution::choice(entries(), given<std::vector<double>>(form, "weights"));
  }

  const ConfigTable& table_;
  std::vector<Problem>& problems_;
  std::size_t before_;
  SectionValues values_;
};

}  // namespace

std::optional<Distribution> read_distribution(const ConfigTable& table,
                                              std::vector<Problem>& problems) {
  return DistributionReader(table, problems).read();
}

}  // namespace neurograft
