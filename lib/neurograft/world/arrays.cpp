#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/world/arrays.hpp>

namespace neurograft {

ArrayHandle NamedArrays::add(std::string name, std::string unit, std::string long_name,
                             std::size_t size, double fill) {
  if (contains(name)) throw Error("an array named \"" + name + "\" exists already");
  entries_.push_back(
      {std::move(name), std::move(unit), std::move(long_name), std::vector<double>(size, fill)});
  return {static_cast<std::uint32_t>(entries_.size() - 1)};
}

ArrayHandle NamedArrays::find_or_add(std::string name, std::string unit, std::string long_name,
                                     std::size_t size, double fill) {
  if (contains(name)) return find(name);
  return add(std::move(name), std::move(unit), std::move(long_name), size, fill);
}

ArrayHandle NamedArrays::find(std::string_view name) const {
  std::string known;
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    if (entries_[index].name == name) return {index};
    known += (known.empty() ? "" : ", ") + entries_[index].name;
  }
  throw Error("no array named \"" + std::string(name) + "\"; there are: " + known);
}

bool NamedArrays::contains(std::string_view name) const noexcept {
  for (const Entry& entry : entries_) {
    if (entry.name == name) return true;
  }
  return false;
}

}  // namespace neurograft
