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
  // Agents of key 0, in a large number after an injection, keep their order: they move up in place.
  // A counting sort orders the others.
  std::vector<std::uint32_t> front;
  std::vector<std::uint32_t> starts(std::size_t{key_count} + 1);
  std::size_t others = 0;
  for (std::uint32_t slot = 0; slot < size(); ++slot) {
    if (state_[slot] == State::dead) continue;
    if (keys[slot] == 0) {
      front.push_back(slot);
    } else {
      ++starts[keys[slot] + 1];
      ++others;
    }
  }
  for (std::size_t key = 1; key < starts.size(); ++key) starts[key] += starts[key - 1];
  std::vector<std::uint32_t> back(others);
  for (std::uint32_t slot = 0; others > 0 && slot < size(); ++slot) {
    if (state_[slot] != State::dead && keys[slot] != 0) back[starts[keys[slot]]++] = slot;
  }
  std::vector<std::function<void()>> moves;
  for_each_column([&](std::string_view, auto& column) {
    moves.emplace_back([&column, &front, &back] {
      std::remove_cvref_t<decltype(column)> behind(back.size());
      for (std::size_t n = 0; n < back.size(); ++n) behind[n] = column[back[n]];
      for (std::size_t n = 0; n < front.size(); ++n) column[n] = column[front[n]];
      column.resize(front.size() + back.size());
      std::ranges::copy(behind, column.begin() + static_cast<std::ptrdiff_t>(front.size()));
      if (column.capacity() > 4 * column.size()) column.shrink_to_fit();
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
