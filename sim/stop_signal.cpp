#include "stop_signal.hpp"

#include <csignal>

namespace neurograft::command {
namespace {

std::atomic<bool> stop_asked{false};  // a signal handler reaches nothing else
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void ask_to_stop(int) {
  stop_asked.store(true);
}

}  // namespace

std::atomic<bool>& catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
  // A terminal that is closed; a run that was told not to mind (nohup) does not.
  struct sigaction before {};
  sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  // A launcher may have told to ignore it; ends of children would then go unseen.
  signal(SIGCHLD, SIG_DFL);
  return stop_asked;
}

}  // namespace neurograft::command
