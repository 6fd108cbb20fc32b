#include <algorithm>
#include <functional>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/world/agents.hpp>

namespace neurograft {

template <class T>
ColumnHandle Agents::add_column(std::string name) {
  for_each_column([&](std::string_view taken, const auto&) {
    if (taken == name) throw Error("an agent column named \"" + name + "\" exists already");
  });
  user_.push_back({std::move(name), std::vector<T>(size())});
  return {static_cast<std::uint32_t>(user_.size() - 1)};
}

ColumnHandle Agents::add_float_column(std::string name) {
  return add_column<float>(std::move(name));
}
ColumnHandle Agents::add_integer_column(std::string name) {
  return add_column<std::uint32_t>(std::move(name));
}
std::span<float> Agents::float_column(ColumnHandle handle) {
  return std::get<std::vector<float>>(user_.at(handle.index).values);
}
std::span<std::uint32_t> Agents::integer_column(ColumnHandle handle) {
  return std::get<std::vector<std::uint32_t>>(user_.at(handle.index).values);
}
std::span<const float> Agents::float_column(ColumnHandle handle) const {
  return std::get<std::vector<float>>(user_.at(handle.index).values);
}
std::span<const std::uint32_t> Agents::integer_column(ColumnHandle handle) const {
  return std::get<std::vector<std::uint32_t>>(user_.at(handle.index).values);
}

std::size_t Agents::append(std::size_t count) {
  const std::size_t first = size();
  const std::size_t needed = first + count;
  const bool exactly = needed > 2 * id_.capacity();
  for_each_column([&](std::string_view, auto& column) {
    if (exactly) column.reserve(needed);
    column.resize(needed);
  });
  return first;
}

void Agents::copy_slot(std::size_t from, std::size_t to) {
  for_each_column([&](std::string_view, auto& column) { column[to] = column[from]; });
}

void Agents::resize(std::size_t slots) {
  for_each_column([&](std::string_view, auto& column) { column.resize(slots); });
}

void Agents::reorder(std::span<const std::uint32_t> keys, std::uint32_t key_count,
                     Threads threads) {
  // A counting sort gives each living slot its new place; each column is then scattered.
  std::vector<std::uint32_t> starts(std::size_t{key_count} + 1);
  std::size_t living = 0;
  for (std::size_t slot = 0; slot < size(); ++slot) {
    if (state_[slot] == State::dead) continue;
    ++starts[keys[slot] + 1];
    ++living;
  }
  for (std::size_t key = 1; key < starts.size(); ++key) starts[key] += starts[key - 1];
  std::vector<std::uint32_t> place(size());
  for (std::size_t slot = 0; slot < size(); ++slot) {
    place[slot] = state_[slot] == State::dead ? no_agent : starts[keys[slot]]++;
  }
  std::vector<std::function<void()>> moves;
  for_each_column([&](std::string_view, auto& column) {
    moves.emplace_back([&column, &place, living] {
      std::remove_cvref_t<decltype(column)> sorted(living);
      for (std::size_t slot = 0; slot < column.size(); ++slot) {
        if (place[slot] != no_agent) sorted[place[slot]] = column[slot];
      }
      column = std::move(sorted);
    });
  });
  parallel_for(threads, moves.size(), 1, [&](std::size_t begin, std::size_t) { moves[begin](); });
}

std::size_t Agents::count(Kind kind) const noexcept {
  std::size_t found = 0;
  for (std::size_t slot = 0; slot < size(); ++slot) {
    found += kind_[slot] == kind && state_[slot] != State::dead;
  }
  return found;
}

std::size_t Agents::count(State state) const noexcept {
  return static_cast<std::size_t>(std::count(state_.begin(), state_.end(), state));
}

std::size_t Agents::bytes_per_agent() const noexcept {
  std::size_t bytes = 0;
  for_each_column([&](std::string_view, const auto& column) { bytes += sizeof(column[0]); });
  return bytes;
}

}  // namespace neurograft
