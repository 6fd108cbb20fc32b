#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

#include <neurograft/core/error.hpp>
#include <neurograft/io/child_process.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace neurograft {
namespace {

constexpr int could_not_start = 127;

[[noreturn]] void fail(const std::string& program, const std::string& operation) {
  throw IoError(
      Problem{program, operation + " failed", std::generic_category().message(errno), ""});
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : more) replaced = replaced || text.starts_with(name + "=");
    if (!replaced) result.push_back(text);
  }
  for (const auto& [name, value] : more) result.push_back(name + "=" + value);
  return result;
}

// Between fork and exec only what is safe in a signal handler may be called.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment,
                         const char* messages, int inherited, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(could_not_start);  // it ended before the line above
  // A group of its own: a terminal's interrupt goes to the parent, which asks in its own way.
  ::setpgid(0, 0);
  // A handler of the parent's would take a signal that is meant for the program.
  for (const int number : {SIGTERM, SIGINT, SIGUSR1}) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nowhere = ::open("/dev/null", O_RDWR);
  const int log = ::open(messages, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (nowhere < 0 || log < 0) ::_exit(could_not_start);
  ::dup2(nowhere, STDIN_FILENO);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  if (inherited >= 0) ::fcntl(inherited, F_SETFD, 0);
  ::execve(program, arguments, environment);
  ::_exit(could_not_start);
}

}  // namespace

ChildProcess::ChildProcess(const ChildCommand& command) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = environment_with(command.environment);
  const std::vector<char*> argument_list = pointers(arguments);
  const std::vector<char*> environment_list = pointers(environment);
  const std::string messages = command.messages.string();
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) fail(arguments.at(0), "making a pipe");
  const std::string program = command.program.empty() ? arguments.at(0) : command.program.string();
  const pid_t parent = ::getpid();
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  process_ = ::fork();
  if (process_ == 0) {
    ::fcntl(pipe[1], F_SETFD, 0);
    become(program.c_str(), argument_list.data(), environment_list.data(), messages.c_str(),
           command.inherited, parent);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::close(pipe[1]);
  alive_ = pipe[0];
  if (process_ < 0) {
    ::close(alive_);
    fail(arguments.at(0), "starting a program");
  }
}

ChildProcess::~ChildProcess() {
  end();
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      alive_(std::exchange(other.alive_, -1)),
      code_(other.code_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  end();
  process_ = std::exchange(other.process_, -1);
  alive_ = std::exchange(other.alive_, -1);
  code_ = other.code_;
  return *this;
}

void ChildProcess::end() noexcept {
  if (process_ > 0 && !code_) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  if (alive_ >= 0) ::close(alive_);
}

void ChildProcess::ask_to_stop() const noexcept {
  if (process_ > 0 && !code_) ::kill(process_, SIGTERM);
}

std::optional<int> ChildProcess::exit_code() {
  if (code_) return code_;
  int status = 0;
  const pid_t ended = ::waitpid(process_, &status, WNOHANG);
  if (ended == process_) {
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  } else if (ended < 0 && errno != EINTR) {
    code_ = could_not_start;  // someone else has waited for it: how it ended is not known
  }
  return code_;
}

void ChildProcess::wait_for_any(std::span<const ChildProcess> children, double seconds) {
  std::vector<pollfd> waits;
  for (const ChildProcess& child : children) waits.push_back({child.alive_, POLLIN, 0});
  ::poll(waits.data(), static_cast<nfds_t>(waits.size()), static_cast<int>(seconds * 1000.0));
}

}  // namespace neurograft
