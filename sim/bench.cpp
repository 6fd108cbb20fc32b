#include <memory>
#include <string>
#include <vector>

#include <neurograft/core/processor.hpp>
#include <neurograft/core/version.hpp>
#include <neurograft/io/schema.hpp>
#include <neurograft/study/speed.hpp>

#include "commands.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

struct BenchArguments {
  int threads = available_threads().count;
  double agents = 4e6;
  double voxels = 1e6;
  double seconds = 3.0;
  bool json = false;
};

struct Question {
  std::string name;
  std::string unit;
  Workload (*make)(const BenchArguments&, Threads);
};

const std::vector<Question>& questions() {
  static const auto voxels = [](const BenchArguments& a) {
    return static_cast<std::size_t>(a.voxels);
  };
  static const std::vector<Question> all{
      {"memory_stream", "byte", [](const BenchArguments&, Threads t) { return memory_stream(t); }},
      {"donor_step", "agent step",
       [](const BenchArguments& a, Threads t) {
         return donor_step(static_cast<std::size_t>(a.agents), t);
       }},
      {"cytokine_hour_20um", "voxel and substance",
       [](const BenchArguments& a, Threads t) { return cytokine_hour(voxels(a), 20.0, t); }},
      {"cytokine_hour_50um", "voxel and substance",
       [](const BenchArguments& a, Threads t) { return cytokine_hour(voxels(a), 50.0, t); }},
      {"transient_step", "voxel and substance",
       [](const BenchArguments& a, Threads t) { return transient_step(voxels(a), 4, t); }},
      {"tissue_step", "voxel",
       [](const BenchArguments& a, Threads t) { return tissue_step(voxels(a), t); }}};
  return all;
}

struct Answer {
  const Question* question;
  int threads;
  Timing timing;
  double bytes_per_unit;
  double of_memory;  // share of the bandwidth of `memory_stream`, by what must be moved at least
};

std::vector<Answer> ask(const BenchArguments& arguments) {
  std::vector<int> counts{1};
  if (arguments.threads > 1) counts.push_back(arguments.threads);
  std::vector<Answer> answers;
  const auto ns_per_byte = [&](int threads) {
    for (const Answer& a : answers) {
      if (a.threads == threads) return a.timing.median_ns;  // memory_stream comes first
    }
    return 0.0;
  };
  for (const Question& question : questions()) {
    for (const int threads : counts) {
      const Workload work = question.make(arguments, {threads});
      const Timing timing = measure(work, arguments.seconds);
      const double moved = work.least_traffic * ns_per_byte(threads) / timing.median_ns;
      answers.push_back({&question, threads, timing, work.bytes_per_unit,
                         answers.size() < counts.size() ? 1.0 : moved});
      if (!arguments.json) {
        const Answer& a = answers.back();
        fmt::print("{:<20} {:>7} {:>10.3f} {:>10.3f} {:>10.3f} {:>8.0f} %   ns per {}\n",
                   question.name, a.threads, a.timing.median_ns, a.timing.lowest_ns,
                   a.timing.highest_ns, 100.0 * a.of_memory, question.unit);
      }
    }
  }
  return answers;
}

std::string as_json(const BenchArguments& arguments, const std::vector<Answer>& answers) {
  const BuildInfo build = build_info();
  std::string results;
  for (const Answer& a : answers) {
    results += fmt::format(
        "{}{{\"name\": {}, \"unit\": {}, \"threads\": {}, \"median_ns\": {}, \"lowest_ns\": {}, "
        "\"highest_ns\": {}, \"bytes_per_unit\": {}, \"of_memory_bandwidth\": {}}}",
        results.empty() ? "" : ", ", json_text(a.question->name), json_text(a.question->unit),
        a.threads, json_number(a.timing.median_ns), json_number(a.timing.lowest_ns),
        json_number(a.timing.highest_ns), json_number(a.bytes_per_unit), json_number(a.of_memory));
  }
  return fmt::format(
      "{{\"format\": 1, \"version\": {}, \"commit\": {}, \"dirty\": {}, \"compiler\": {}, "
      "\"flags\": {}, \"processor\": {}, \"cores\": {}, \"agents\": {}, \"voxels\": {}, "
      "\"seconds\": {}, \"results\": [{}]}}",
      json_text(build.version), json_text(build.commit), build.dirty, json_text(build.compiler),
      json_text(build.flags), json_text(processor_name()), available_threads().count,
      json_number(arguments.agents), json_number(arguments.voxels), json_number(arguments.seconds),
      results);
}

void execute(const BenchArguments& arguments) {
  if (!arguments.json) {
    fmt::print("{}\n{:<20} {:>7} {:>10} {:>10} {:>10} {:>10}\n", processor_name(), "what",
               "threads", "median", "lowest", "highest", "of memory");
  }
  const std::vector<Answer> answers = ask(arguments);
  if (arguments.json) fmt::print("{}\n", as_json(arguments, answers));
}

}  // namespace

void add_bench(CLI::App& app) {
  auto arguments = std::make_shared<BenchArguments>();
  CLI::App* command =
      app.add_subcommand("bench", "How fast this build is here, with one and with all threads");
  command->add_option("--threads", arguments->threads, "threads (default: all)")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command->add_option("--agents", arguments->agents, "cells of donor_step (default: 4e6)")
      ->type_name("N")
      ->check(CLI::Range(1e3, 1e9));
  command->add_option("--voxels", arguments->voxels, "tissue voxels of the others (default: 1e6)")
      ->type_name("N")
      ->check(CLI::Range(1e3, 1e9));
  command->add_option("--seconds", arguments->seconds, "least time for each (default: 3)")
      ->type_name("S")
      ->check(CLI::Range(0.0, 3600.0));
  command->add_flag("--json", arguments->json, "one line of JSON at the end");
  command->footer(
      "Times mean something on an idle machine only. `of memory`: what must be read and written "
      "at\n"
      "least, as a share of what memory_stream moves in that time.\n"
      "Example:\n  neurograft bench --threads 2");
  command->callback([arguments] { execute(*arguments); });
}

}  // namespace neurograft::command
