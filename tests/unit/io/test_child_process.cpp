#include <chrono>
#include <optional>
#include <thread>

#include <neurograft/core/error.hpp>
#include <neurograft/io/child_process.hpp>
#include <neurograft/io/durable_file.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

ChildCommand shell(const test::Folder& folder, const std::string& script) {
  return {.arguments = {"/bin/sh", "-c", script}, .messages = folder / "messages.txt"};
}

// Waits for the end; no code if that takes longer than tests should.
std::optional<int> end_of(ChildProcess& child) {
  const auto began = Clock::now();
  while (seconds_since(began) < 20.0) {
    ChildProcess::wait_for_any({&child, 1}, 1.0);
    if (const auto code = child.exit_code()) return code;
  }
  return std::nullopt;
}

std::optional<int> code_of(const test::Folder& folder, const std::string& script) {
  ChildProcess child(shell(folder, script));
  return end_of(child);
}

// Waits until a file is there.
bool appears(const std::filesystem::path& path) {
  const auto began = Clock::now();
  while (seconds_since(began) < 20.0) {
    if (std::filesystem::exists(path)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

}  // namespace

TEST_CASE("the exit code is that of the program, or 128 and its signal") {
  const test::Folder folder("child");
  CHECK(code_of(folder, "exit 0") == 0);
  CHECK(code_of(folder, "exit 3") == 3);
  CHECK(code_of(folder, "exit 75") == 75);
  CHECK(code_of(folder, "kill -9 $$") == 137);
  CHECK(code_of(folder, "kill -11 $$") == 139);
  CHECK(code_of(folder, "kill -15 $$") == 143);
}

TEST_CASE("there is no exit code before the end, and the same one ever after") {
  const test::Folder folder("child");
  ChildProcess child(shell(folder, "while [ ! -e " + (folder / "go").string() + " ]; do :; done"));
  CHECK_FALSE(child.exit_code().has_value());
  folder.write("go", "");
  CHECK(end_of(child) == 0);
  CHECK(child.exit_code() == 0);
  child.ask_to_stop();  // nobody is there to hear it
  CHECK(child.exit_code() == 0);
}

TEST_CASE("a program is asked to stop, and may take its time") {
  const test::Folder folder("child");
  const std::string ready = (folder / "ready").string();
  ChildProcess child(
      shell(folder, "trap 'exit 75' TERM; : > " + ready + "; while :; do sleep 0.01; done"));
  REQUIRE(appears(ready));
  child.ask_to_stop();
  CHECK(end_of(child) == 75);
  // One that does not listen ends by the signal.
  std::filesystem::remove(ready);
  ChildProcess deaf(shell(folder, ": > " + ready + "; exec sleep 60"));
  REQUIRE(appears(ready));
  deaf.ask_to_stop();
  CHECK(end_of(deaf) == 143);
}

TEST_CASE("what the program says goes to a file, made anew, and its output nowhere") {
  const test::Folder folder("child");
  folder.write("messages.txt", "of the run before, and longer than the next");
  CHECK(code_of(folder, "echo out; echo 'said this' >&2; cat") == 0);  // its input is empty
  CHECK(test::content(folder / "messages.txt") == "said this\n");
  CHECK(code_of(folder, "") == 0);
  CHECK(test::content(folder / "messages.txt").empty());
}

TEST_CASE("arguments come as they are, and the environment is this one and more") {
  const test::Folder folder("child");
  ::setenv("NEUROGRAFT_TEST_KEPT", "kept", 1);
  ::setenv("NEUROGRAFT_TEST_REPLACED", "old", 1);
  ChildCommand command = shell(
      folder,
      "echo \"$1|$2|$NEUROGRAFT_TEST_KEPT|$NEUROGRAFT_TEST_REPLACED|$NEUROGRAFT_TEST_NEW\" >&2; "
      "env | grep -c NEUROGRAFT_TEST_REPLACED= >&2");
  command.arguments.insert(command.arguments.end(), {"sh", "a b'\"$x", "--set k=[1, 2]"});
  command.environment = {{"NEUROGRAFT_TEST_REPLACED", "new"}, {"NEUROGRAFT_TEST_NEW", "x=y z"}};
  ChildProcess child(command);
  CHECK(end_of(child) == 0);
  CHECK(test::content(folder / "messages.txt") == "a b'\"$x|--set k=[1, 2]|kept|new|x=y z\n1\n");
  CHECK(std::string(::getenv("NEUROGRAFT_TEST_REPLACED")) == "old");
}

TEST_CASE("a lock that a program inherits is held until it ends") {
  const test::Folder folder("child");
  const auto path = folder / "lock";
  std::optional<ChildProcess> child;
  {
    const FileLock lock(path);
    ChildCommand command = shell(folder, ": > " + (folder / "ready").string() + "; while [ ! -e " +
                                             (folder / "go").string() + " ]; do :; done");
    command.inherited = lock.descriptor();
    child.emplace(command);
    REQUIRE(appears(folder / "ready"));
  }
  CHECK_FALSE(FileLock::try_take(path).has_value());  // though this program has given it back
  folder.write("go", "");
  CHECK(end_of(*child) == 0);
  CHECK(FileLock::try_take(path).has_value());
}

TEST_CASE("a lock that is not handed on stays here") {
  const test::Folder folder("child");
  const auto path = folder / "lock";
  std::optional<FileLock> lock = FileLock::try_take(path);
  ChildProcess child(shell(folder, ": > " + (folder / "ready").string() + "; exec sleep 60"));
  REQUIRE(appears(folder / "ready"));
  lock.reset();
  CHECK(FileLock::try_take(path).has_value());
}

TEST_CASE("to wait for any is to wait for the first") {
  const test::Folder folder("child");
  std::vector<ChildProcess> children;
  children.emplace_back(shell(folder, "exec sleep 60"));
  children.emplace_back(shell(folder, "exec sleep 0.1"));
  children.emplace_back(shell(folder, "exec sleep 60"));
  const auto began = Clock::now();
  while (!children[1].exit_code() && seconds_since(began) < 20.0) {
    ChildProcess::wait_for_any(children, 30.0);
  }
  CHECK(seconds_since(began) < 20.0);
  CHECK(children[1].exit_code() == 0);
  CHECK_FALSE(children[0].exit_code().has_value());
  // Erased in the middle, the others go on.
  children.erase(children.begin() + 1);
  CHECK_FALSE(children[1].exit_code().has_value());
  const auto again = Clock::now();
  ChildProcess::wait_for_any(children, 0.05);
  CHECK(seconds_since(again) >= 0.045);
  CHECK(seconds_since(again) < 10.0);
}

TEST_CASE("a program that is let go of is ended") {
  const test::Folder folder("child");
  const auto path = folder / "lock";
  {
    std::optional<FileLock> lock = FileLock::try_take(path);
    ChildCommand command = shell(folder, "trap '' TERM; while :; do sleep 0.01; done");
    command.inherited = lock->descriptor();
    ChildProcess first(command);
    lock.reset();
    ChildProcess second = std::move(first);
    CHECK_FALSE(second.exit_code().has_value());
    CHECK_FALSE(FileLock::try_take(path).has_value());
  }
  // The shell is gone; a sleep of its own may hold the lock for a moment.
  const auto began = Clock::now();
  bool free = false;
  while (!free && seconds_since(began) < 10.0) free = FileLock::try_take(path).has_value();
  CHECK(free);
}

TEST_CASE("a program that cannot be started ends with 127") {
  const test::Folder folder("child");
  const auto code = [&](const ChildCommand& command) {
    ChildProcess child(command);
    return end_of(child);
  };
  CHECK(code({.arguments = {(folder / "none").string()}, .messages = folder / "m"}) == 127);
  folder.write("text", "no program");
  CHECK(code({.arguments = {(folder / "text").string()}, .messages = folder / "m"}) == 127);
  CHECK(code({.arguments = {"/bin/true"}, .messages = folder / "no/where"}) == 127);
}
