#include <algorithm>
#include <span>
#include <utility>

#include <neurograft/io/agent_recorder.hpp>

namespace neurograft {
namespace {

/// Slots of the cells to record, in id order.
std::vector<std::uint32_t> recorded_slots(const Agents& agents) {
  const auto kind = agents.kind();
  const auto state = agents.state();
  const auto id = agents.id();
  std::vector<std::uint32_t> slots;
  for (std::uint32_t slot = 0; slot < agents.size(); ++slot) {
    const bool living = state[slot] != State::dead;
    if (kind[slot] == Kind::donor ? is_in_tissue(state[slot]) : living) slots.push_back(slot);
  }
  std::sort(slots.begin(), slots.end(),
            [&](std::uint32_t a, std::uint32_t b) { return id[a] < id[b]; });
  return slots;
}

template <std::size_t N>
void describe_flags(Hdf5File& file, const std::string& dataset,
                    const std::array<std::string_view, N>& names) {
  std::vector<std::uint8_t> values;
  std::string meanings;
  for (std::size_t i = 0; i < N; ++i) {
    values.push_back(static_cast<std::uint8_t>(i));
    meanings += (i == 0 ? "" : " ") + std::string(names[i]);
  }
  file.set_attribute(dataset, "flag_values", values);
  file.set_attribute(dataset, "flag_meanings", meanings);
}

}  // namespace

AgentRecorder::AgentRecorder(RecordStore& store, RecordTimes times)
    : store_(store), times_(std::move(times)) {}

RecordHandle AgentRecorder::column(const std::string& name, ElementType type,
                                   const std::string& units, const std::string& long_name) {
  return store_.declare({.path = "/agents/" + name,
                         .type = type,
                         .row = {},
                         .axes = {"/agents/row"},
                         .units = units,
                         .long_name = long_name,
                         .bulk = true,
                         .chunk = {}});
}

void AgentRecorder::begin(const World& world, const ReadoutTable& /*readouts*/) {
  frame_ = store_.declare({.path = "/agents/frame",
                           .type = ElementType::f64,
                           .row = {},
                           .axes = {},
                           .units = "d",
                           .long_name = "time since the first injection",
                           .scale = true,
                           .chunk = {}});
  const auto per_frame = [&](const std::string& name, const std::string& long_name) {
    return store_.declare({.path = "/agents/" + name,
                           .type = ElementType::u64,
                           .row = {},
                           .axes = {"/agents/frame"},
                           .units = "1",
                           .long_name = long_name,
                           .chunk = {}});
  };
  offset_ = per_frame("offset", "first row of the frame");
  count_ = per_frame("count", "rows of the frame");
  row_ = store_.declare_dimension("/agents/row");

  id_ = column("id", ElementType::u32, "1", "identity, never used again");
  kind_ = column("kind", ElementType::u8, "1", "kind of cell");
  state_ = column("state", ElementType::u8, "1", "what the cell is doing");
  x_ = column("x", ElementType::f32, "mm", "position from the low corner of the grid");
  y_ = column("y", ElementType::f32, "mm", "position from the low corner of the grid");
  z_ = column("z", ElementType::f32, "mm", "position from the low corner of the grid");
  birth_ = column("birth_d", ElementType::f64, "d", "day of birth or injection");
  divisions_ = column("divisions", ElementType::u8, "1", "divisions behind this cell");
  clone_ = column("clone", ElementType::u32, "1", "id of the first ancestor");
  hla1_ = column("hla1", ElementType::f32, "1", "HLA class I expression");
  hla2_ = column("hla2", ElementType::f32, "1", "HLA class II expression");
  product_ = column("product", ElementType::u8, "1", "donor cell product");
  world.agents().for_each_user_column([&]<class T>(std::string_view name, const std::vector<T>&) {
    user_.push_back(column(std::string(name), element_type<T>(), "1", std::string(name)));
  });
  if (store_.resumed()) return;
  describe_flags(store_.file(), "/agents/kind", kind_names);
  describe_flags(store_.file(), "/agents/state", state_names);
}

void AgentRecorder::record(const World& world, const ReadoutTable& /*readouts*/,
                           Threads /*threads*/) {
  const Agents& agents = world.agents();
  const std::vector<std::uint32_t> slots = recorded_slots(agents);
  store_.append_one(offset_, store_.rows(row_));
  store_.append_one(count_, static_cast<std::uint64_t>(slots.size()));
  store_.append_one(frame_, world.day());
  store_.extend(row_, slots.size());

  const auto append = [&](RecordHandle handle, auto&& value_of) {
    std::vector<decltype(value_of(std::uint32_t{0}))> values;
    values.reserve(slots.size());
    for (const std::uint32_t slot : slots) values.push_back(value_of(slot));
    store_.append(handle, std::span(std::as_const(values)));
  };
  append(id_, [&](std::uint32_t slot) { return agents.id()[slot]; });
  append(kind_, [&](std::uint32_t slot) { return agents.kind()[slot]; });
  append(state_, [&](std::uint32_t slot) { return agents.state()[slot]; });
  append(x_, [&](std::uint32_t slot) { return agents.x()[slot]; });
  append(y_, [&](std::uint32_t slot) { return agents.y()[slot]; });
  append(z_, [&](std::uint32_t slot) { return agents.z()[slot]; });
  append(birth_, [&](std::uint32_t slot) { return world.clock().day(agents.birth()[slot]); });
  append(divisions_, [&](std::uint32_t slot) { return agents.divisions()[slot]; });
  append(clone_, [&](std::uint32_t slot) { return agents.clone()[slot]; });
  append(hla1_, [&](std::uint32_t slot) { return agents.hla1()[slot] / hla_scale; });
  append(hla2_, [&](std::uint32_t slot) { return agents.hla2()[slot] / hla_scale; });
  append(product_, [&](std::uint32_t slot) { return agents.product()[slot]; });
  std::size_t next = 0;
  agents.for_each_user_column([&](std::string_view, const auto& values) {
    append(user_[next++], [&](std::uint32_t slot) { return values[slot]; });
  });
}

}  // namespace neurograft
