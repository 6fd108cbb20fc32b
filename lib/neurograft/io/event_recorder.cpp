#include <string>

#include <neurograft/io/event_recorder.hpp>

namespace neurograft {

void EventRecorder::begin(const World& /*world*/, const ReadoutTable& /*readouts*/) {
  event_ = store_.declare_dimension("/events/event");
  const auto column = [&](const std::string& name, ElementType type, const std::string& units,
                          const std::string& long_name) {
    return store_.declare({.path = "/events/" + name,
                           .type = type,
                           .row = {},
                           .axes = {"/events/event"},
                           .units = units,
                           .long_name = long_name,
                           .chunk = {}});
  };
  day_ = column("day", ElementType::f64, "d", "time since the first injection");
  kind_ = column("kind", ElementType::text, "", "kind of event");
  what_ = column("what", ElementType::text, "", "what happened");
  amount_ = column("amount", ElementType::f64, "", "amount, in `unit`");
  unit_ = column("unit", ElementType::text, "", "unit of the amount");
}

void EventRecorder::record(const World& world, const ReadoutTable& /*readouts*/,
                           Threads /*threads*/) {
  const auto& events = world.events();
  for (auto next = static_cast<std::size_t>(store_.rows(event_)); next < events.size(); ++next) {
    store_.append_one(day_, events[next].day);
    store_.append_text(kind_, events[next].kind);
    store_.append_text(what_, events[next].what);
    store_.append_one(amount_, events[next].amount);
    store_.append_text(unit_, events[next].unit);
    store_.extend(event_, 1);
  }
}

}  // namespace neurograft
