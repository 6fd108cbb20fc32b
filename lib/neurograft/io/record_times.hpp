#pragma once

#include <algorithm>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/core/ids.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {

/// The ticks at which to record.
struct NEUROGRAFT_API RecordTimes {
  Tick period = 0;             ///< [ticks]; 0: at `listed` alone
  Tick origin = 0;             ///< a tick to count periods from, so that day 0 is met
  Tick last = -1;              ///< recorded whatever the period; -1: none
  std::vector<Tick> listed{};  ///< recorded besides these

  /// Whether to record at `tick`; with a period also at tick 0 and at `last`.
  bool due(Tick tick) const {
    if (period > 0 && ((tick - origin) % period == 0 || tick == 0 || tick == last)) return true;
    return std::find(listed.begin(), listed.end(), tick) != listed.end();
  }

  /// Every `every_d` days counted from day 0, and at the first tick and the one of `end_d`. Throws
  /// InputError unless these are whole numbers of ticks.
  static RecordTimes every(const Clock& clock, double every_d, double end_d) {
    return {.period = clock.ticks_in(every_d * 24.0, "output.every_d"),
            .origin = clock.tick_of(0.0, "day 0"),
            .last = clock.tick_of(end_d, "simulation.duration_d")};
  }

  /// On these days. Throws InputError unless each is a whole number of ticks.
  static RecordTimes on(const Clock& clock, const std::vector<double>& days) {
    RecordTimes times;
    for (const double day : days) {
      times.listed.push_back(clock.tick_of(day, "output.snapshots_d"));
    }
    return times;
  }
};

}  // namespace neurograft
