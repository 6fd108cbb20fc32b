#include <memory>
#include <string>

#include <neurograft/io/file_info.hpp>

#include "commands.hpp"
#include <fmt/format.h>

namespace neurograft::command {

void add_info(CLI::App& app) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("info", "What a results file holds, in one screen");
  command->add_option("RUN.h5", *path, "a results file")->required();
  command->footer("Example:\n  neurograft info results/24m.h5");
  command->callback([path] {
    std::string text = file_info(*path);
    if (text.empty() || text.back() != '\n') text += '\n';
    fmt::print("{}", text);
  });
}

}  // namespace neurograft::command
