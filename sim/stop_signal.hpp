#pragma once

#include <atomic>

namespace neurograft::command {

/// From now on SIGTERM, SIGUSR1 (batch systems, before the time is up), SIGHUP (a closed terminal,
/// unless it was ignored, as by nohup) and SIGINT set the flag that is returned. A second SIGINT
/// ends the program at once: what was published is whole at all times.
std::atomic<bool>& catch_stop_signals();

}  // namespace neurograft::command
