#pragma once

#include <optional>
#include <string>

#include <neurograft/scenario/run.hpp>

namespace neurograft::command {

enum class ProgressStyle { bar, lines, json, none };

/// "auto", "bar", "json" or "none"; auto is a bar on a terminal, else a line now and then.
ProgressStyle progress_style(const std::string& name);

/// Tells stderr how far a run is, at most a few times a second.
class ProgressReport {
 public:
  explicit ProgressReport(ProgressStyle style) : style_(style) {}

  void update(const Progress& progress);
  void end();  ///< leaves the line of the bar

  /// Where the run stood at the last update.
  const std::optional<Progress>& last() const noexcept { return last_; }

 private:
  double remaining_s(const Progress& progress) const;
  void draw_bar(const Progress& progress) const;
  void write_line(const Progress& progress) const;
  std::string text_of(const Progress& progress) const;

  ProgressStyle style_;
  std::optional<Progress> first_;
  std::optional<Progress> last_;
  double shown_s_ = -1.0;
  bool drawn_ = false;
  bool ended_ = false;
};

}  // namespace neurograft::command
