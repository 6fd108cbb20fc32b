#include "progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include <neurograft/io/schema.hpp>

#include "text.hpp"
#include <fmt/format.h>
#include <unistd.h>

namespace neurograft::command {
namespace {

constexpr double bar_every_s = 0.2;
constexpr double line_every_s = 1.0;
constexpr double text_every_s = 15.0;

double share_done(const Progress& progress) {
  const double length = progress.end_day - progress.start_day;
  if (!(length > 0.0)) return 1.0;
  return std::clamp((progress.day - progress.start_day) / length, 0.0, 1.0);
}

}  // namespace

ProgressStyle progress_style(const std::string& name) {
  if (name == "bar") return ProgressStyle::bar;
  if (name == "json") return ProgressStyle::json;
  if (name == "none") return ProgressStyle::none;
  return isatty(STDERR_FILENO) == 1 ? ProgressStyle::bar : ProgressStyle::lines;
}

void ProgressReport::update(const Progress& progress) {
  if (!first_) first_ = progress;
  last_ = progress;
  if (style_ == ProgressStyle::none) return;
  const bool at_end = progress.day >= progress.end_day;
  const double pause = style_ == ProgressStyle::bar     ? bar_every_s
                       : style_ == ProgressStyle::lines ? text_every_s
                                                        : line_every_s;
  if (style_ == ProgressStyle::lines && progress.elapsed_s < pause) return;  // short runs: none
  if (at_end && std::exchange(ended_, true)) return;
  if (!at_end && shown_s_ >= 0.0 && progress.elapsed_s - shown_s_ < pause) return;
  shown_s_ = progress.elapsed_s;
  if (style_ == ProgressStyle::bar) {
    draw_bar(progress);
    drawn_ = true;
  } else if (style_ == ProgressStyle::lines) {
    tell(fmt::format("{}\n", text_of(progress)));
  } else {
    write_line(progress);
  }
}

void ProgressReport::end() {
  if (drawn_) tell("\n");
  drawn_ = false;
}

/// From the days done since the first update: a resumed run does not start at zero.
double ProgressReport::remaining_s(const Progress& progress) const {
  const double days = progress.day - first_->day;
  if (!(days > 0.0)) return std::nan("");
  return (progress.elapsed_s - first_->elapsed_s) / days * (progress.end_day - progress.day);
}

std::string ProgressReport::text_of(const Progress& progress) const {
  const double left = remaining_s(progress);
  return fmt::format("{:3.0f} %  day {:.1f} of {:.0f}  {} donor cells  {}",
                     100.0 * share_done(progress), progress.day, progress.end_day,
                     count_text(static_cast<double>(progress.donor_alive)),
                     std::isfinite(left) ? duration_text(left) + " left" : "");
}

void ProgressReport::draw_bar(const Progress& progress) const {
  constexpr std::size_t width = 30;
  const auto filled = static_cast<std::size_t>(share_done(progress) * static_cast<double>(width));
  tell(fmt::format("\r[{}{}] {}\x1b[K", std::string(filled, '#'), std::string(width - filled, '.'),
                   text_of(progress)));
}

void ProgressReport::write_line(const Progress& progress) const {
  tell(fmt::format(
      "{{\"day\": {}, \"start_day\": {}, \"end_day\": {}, \"share\": {:.6f}, "
      "\"donor_alive\": {}, \"agents\": {}, \"elapsed_s\": {:.3f}, \"remaining_s\": {}}}\n",
      progress.day, progress.start_day, progress.end_day, share_done(progress),
      progress.donor_alive, progress.agents, progress.elapsed_s,
      json_number(remaining_s(progress))));
}

}  // namespace neurograft::command
