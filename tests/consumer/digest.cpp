#include "digest.hpp"

#include <algorithm>
#include <vector>

namespace barcoded {
namespace {

using namespace neurograft;

// 64-bit FNV-1a.
class Hash {
 public:
  template <class T>
  void add(const T& value) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(&value);
    for (std::size_t i = 0; i < sizeof(T); ++i) value_ = (value_ ^ bytes[i]) * 0x100000001b3U;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

std::vector<std::size_t> living_by_id(const Agents& agents) {
  std::vector<std::size_t> slots;
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    if (agents.state()[slot] != State::dead) slots.push_back(slot);
  }
  std::ranges::sort(slots, {}, [&](std::size_t slot) { return agents.id()[slot]; });
  return slots;
}

}  // namespace

std::uint64_t digest(const World& world) {
  Hash hash;
  hash.add(world.tick());
  hash.add(world.next_id());
  for (const NamedArrays* arrays : {&world.tissue(), &world.fields(), &world.compartments()}) {
    for (const auto& entry : arrays->entries()) {
      for (const double value : entry.values) hash.add(value);
    }
  }
  const auto slots = living_by_id(world.agents());
  world.agents().for_each_column([&](std::string_view, const auto& column) {
    for (const std::size_t slot : slots) hash.add(column[slot]);
  });
  return hash.value();
}

}  // namespace barcoded
