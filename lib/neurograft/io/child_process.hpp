#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace neurograft {

/// A program to start.
struct ChildCommand {
  std::vector<std::string> arguments;  ///< its name first
  std::filesystem::path messages;      ///< file that its standard error goes to, made anew
  std::vector<std::pair<std::string, std::string>> environment{};  ///< on top of this program's own
  std::filesystem::path program{};  ///< what is executed; empty: the first argument
  int inherited = -1;               ///< an open file that it keeps until it ends (a lock); -1: none
};

/// A program at work, whose standard output is thrown away. It is asked to stop (SIGTERM) if this
/// program ends before it, however that happens.
class ChildProcess {
 public:
  /// Throws IoError if it cannot be started.
  explicit ChildProcess(const ChildCommand& command);

  /// Kills the program if it is still there, and waits for its end.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  void ask_to_stop() const noexcept;  ///< SIGTERM

  /// Exit code once it has ended, or 128 + the signal that ended it.
  std::optional<int> exit_code();

  /// Waits until one of them has ended, or `seconds` have passed.
  static void wait_for_any(std::span<const ChildProcess> children, double seconds);

 private:
  void end() noexcept;

  int process_ = -1;
  int alive_ = -1;  ///< reading end of a pipe that the system closes when the program ends
  std::optional<int> code_;
};

}  // namespace neurograft
