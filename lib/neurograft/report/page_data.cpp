#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <neurograft/core/error.hpp>
#include <neurograft/io/config.hpp>
#include <neurograft/io/gzip.hpp>
#include <neurograft/io/schema.hpp>
#include <neurograft/report/page_data.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr std::size_t most_voxels = 1'200'000;  // in the page: a brain at 2 mm has 0.9 million
constexpr double most_codes = 65534.0;
// Of all layers and frames of a run together, before they are compressed: 200 MB in a browser.
constexpr std::size_t most_values = 100'000'000;

// For each block its voxels, in the order of the coarse grid.
template <class Visit>
void for_blocks(const Geometry& fine, int factor, Visit visit) {
  const Geometry coarse = coarser(fine, factor);
  std::vector<std::size_t> voxels;
  for (int k = 0; k < coarse.size[2]; ++k) {
    for (int j = 0; j < coarse.size[1]; ++j) {
      for (int i = 0; i < coarse.size[0]; ++i) {
        voxels.clear();
        for (int n = 0; n < factor * factor * factor; ++n) {
          const int x = i * factor + n % factor;
          const int y = j * factor + n / factor % factor;
          const int z = k * factor + n / factor / factor;
          if (fine.contains(x, y, z)) voxels.push_back(fine.index(x, y, z));
        }
        visit(voxels);
      }
    }
  }
}

std::string numbers(const std::vector<double>& values) {
  return json_list(values, [](double x) { return json_number(x); });
}

std::string texts(const std::vector<std::string>& values) {
  return json_list(values, [](const std::string& text) { return json_text(text); });
}

std::string readout_json(const ResultsReadout& readout) {
  const std::string axes = json_list(readout.axes, [](const ResultsAxis& axis) {
    return fmt::format(R"({{"name":{},"unit":{},"labels":{}}})", json_text(axis.name),
                       json_text(axis.unit), texts(axis.labels));
  });
  return fmt::format(R"({{"name":{},"unit":{},"long_name":{},"axes":{},"values":{}}})",
                     json_text(readout.name), json_text(readout.unit), json_text(readout.long_name),
                     axes, numbers(readout.values));
}

template <class T>
std::string packed(const std::vector<T>& values) {
  const std::string bytes = gzip(std::as_bytes(std::span(values)));
  return base64(std::as_bytes(std::span(bytes)));
}

// The images of a run as JSON; their arrays go to `blobs`.
class Images {
 public:
  Images(const ResultsFile& file, std::size_t first_blob, std::vector<std::string>& blobs)
      : file_(file),
        fine_(file.geometry()),
        factor_(coarsening(fine_, most_voxels)),
        first_(first_blob),
        blobs_(blobs) {}

  std::string json() {
    const Geometry grid = coarser(fine_, factor_);
    const std::string labels = store(packed(coarser(fine_, file_.labels(), factor_)));
    const std::vector<double> cell_days = file_.agent_days(), field_days = file_.field_days();
    const std::size_t count =
        (cell_days.empty() ? 0 : 2) + (field_days.empty() ? 0 : file_.fields().size());
    const std::size_t most = most_values / (grid.voxels() * std::max<std::size_t>(count, 1));
    std::string layers;
    const auto add = [&](const std::string& layer) {
      layers += (layers.empty() ? "" : ",") + layer;
    };
    if (!cell_days.empty()) {
      const auto cells = [&](const char* name, const char* long_name,
                             const std::vector<std::string>& kinds) {
        add(layer({name, "cell/mm3", long_name}, cell_days, most,
                  [&](std::size_t frame) { return cell_density(file_, frame, kinds); }));
      };
      cells("donor_density", "donor cells on the wall and in tissue", {"donor"});
      cells("immune_density", "T and NK cells in the brain", {"cd8", "cd4", "treg", "nk"});
    }
    if (!field_days.empty()) {
      for (const ResultsArray& field : file_.fields()) {
        add(layer(field, field_days, most,
                  [&](std::size_t frame) { return file_.field(field.name, frame); }));
      }
    }
    return fmt::format(
        R"({{"size":[{},{},{}],"spacing":{},"affine":{},"coarsened":{},"labels":{},"layers":[{}]}})",
        grid.size[0], grid.size[1], grid.size[2],
        numbers({grid.spacing_mm.begin(), grid.spacing_mm.end()}),
        numbers({grid.affine.begin(), grid.affine.end()}), factor_, labels, layers);
  }

 private:
  std::string store(std::string blob) {
    blobs_.push_back(std::move(blob));
    return std::to_string(first_ + blobs_.size() - 1);
  }

  template <class Frame>
  std::string layer(const ResultsArray& what, const std::vector<double>& days, std::size_t most,
                    Frame frame) {
    std::vector<float> all;
    std::vector<double> shown;
    for (const std::size_t n : shown_frames(days.size(), most)) {
      const std::vector<float> values = coarser(fine_, frame(n), factor_);
      all.insert(all.end(), values.begin(), values.end());
      shown.push_back(days[n]);
    }
    const PackedLayer layer = pack(all);
    return fmt::format(
        R"({{"name":{},"unit":{},"long_name":{},"days":{},"recorded":{},"low":{},"step":{},"blob":{}}})",
        json_text(what.name), json_text(what.unit), json_text(what.long_name), numbers(shown),
        days.size(), json_number(layer.low), json_number(layer.step), store(packed(layer.codes)));
  }

  const ResultsFile& file_;
  Geometry fine_;
  int factor_;
  std::size_t first_;
  std::vector<std::string>& blobs_;
};

}  // namespace

PackedLayer pack(std::span<const float> values) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool whole = true;
  for (const float x : values) {
    if (!std::isfinite(x)) continue;
    low = std::min(low, static_cast<double>(x));
    high = std::max(high, static_cast<double>(x));
    whole = whole && x == std::floor(x);
  }
  PackedLayer layer;
  layer.codes.assign(values.size(), 0);
  if (low > high) return layer;  // nothing is finite
  layer.low = low;
  const bool exact = whole && high - low <= most_codes;
  layer.step = exact || high == low ? 1.0 : (high - low) / most_codes;
  for (std::size_t n = 0; n < values.size(); ++n) {
    if (!std::isfinite(values[n])) continue;
    const double code = std::floor((static_cast<double>(values[n]) - low) / layer.step + 0.5);
    layer.codes[n] = static_cast<std::uint16_t>(std::min(code, most_codes) + 1.0);
  }
  return layer;
}

Geometry coarser(const Geometry& geometry, int factor) {
  Geometry coarse = geometry;
  const double shift = 0.5 * (factor - 1);  // of the first voxel's centre, in fine voxels
  for (std::size_t axis = 0; axis < 3; ++axis) {
    coarse.size[axis] = (geometry.size[axis] + factor - 1) / factor;
    coarse.spacing_mm[axis] *= factor;
  }
  for (std::size_t row = 0; row < 3; ++row) {
    double* of_row = &coarse.affine[4 * row];
    of_row[3] += shift * (of_row[0] + of_row[1] + of_row[2]);
    for (std::size_t column = 0; column < 3; ++column) of_row[column] *= factor;
  }
  return coarse;
}

std::vector<float> coarser(const Geometry& geometry, std::span<const float> values, int factor) {
  if (factor == 1) return {values.begin(), values.end()};
  std::vector<float> means;
  for_blocks(geometry, factor, [&](const std::vector<std::size_t>& voxels) {
    double sum = 0.0;
    int count = 0;
    for (const std::size_t v : voxels) {
      if (!std::isfinite(values[v])) continue;
      sum += static_cast<double>(values[v]);
      ++count;
    }
    means.push_back(count > 0 ? static_cast<float>(sum / count)
                              : std::numeric_limits<float>::quiet_NaN());
  });
  return means;
}

std::vector<Label> coarser(const Geometry& geometry, std::span<const Label> labels, int factor) {
  if (factor == 1) return {labels.begin(), labels.end()};
  std::vector<Label> commonest;
  for_blocks(geometry, factor, [&](const std::vector<std::size_t>& voxels) {
    std::array<int, 256> counts{};
    for (const std::size_t v : voxels) ++counts[static_cast<std::size_t>(labels[v])];
    commonest.push_back(static_cast<Label>(std::ranges::max_element(counts) - counts.begin()));
  });
  return commonest;
}

int coarsening(const Geometry& geometry, std::size_t most) {
  int factor = 1;
  while (coarser(geometry, factor).voxels() > most) ++factor;
  return factor;
}

std::vector<std::size_t> shown_frames(std::size_t frames, std::size_t most) {
  const std::size_t count = std::min(frames, std::max<std::size_t>(most, 2));
  std::vector<std::size_t> chosen;
  for (std::size_t n = 0; n < count; ++n) {
    chosen.push_back(count == 1 ? 0 : (n * (frames - 1) + (count - 1) / 2) / (count - 1));
  }
  return chosen;
}

PageRun page_run(const ResultsFile& file, std::span<const ParameterTable> tables,
                 std::size_t first_blob) {
  PageRun run;
  const std::string events = json_list(file.events(), [](const ResultsEvent& event) {
    return fmt::format(R"({{"day":{},"kind":{},"what":{},"amount":{},"unit":{}}})",
                       json_number(event.day), json_text(event.kind), json_text(event.what),
                       json_number(event.amount), json_text(event.unit));
  });
  const std::string assumed = json_list(file.assumptions(), [](const ResultsAssumption& one) {
    return texts({one.name, one.value, one.unit, one.grade, one.meaning});
  });
  const std::string changed = json_list(
      changed_parameters(file.config_resolved(), tables), [](const ChangedParameter& one) {
        return texts({one.key, one.value, one.fallback, one.unit, one.grade, one.meaning});
      });
  using Pair = std::pair<std::string, std::string>;
  const auto pairs = [](const std::vector<Pair>& all) {
    return json_list(all, [](const Pair& one) { return texts({one.first, one.second}); });
  };
  const std::string images =
      file.has_images() ? Images(file, first_blob, run.blobs).json() : "null";
  run.json = fmt::format(
      R"({{"file":{},"folder":{},"title":{},"complete":{},"days":{},"readouts":{},"events":{},"assumed":{},)"
      R"("changed":{},"provenance":{},"inputs":{},"config":{},"config_resolved":{},"images":{}}})",
      json_text(file.path().filename().string()),
      json_text(std::filesystem::absolute(file.path()).parent_path().filename().string()),
      json_text(file.title()), file.complete() ? "true" : "false", numbers(file.days()),
      json_list(file.readouts(), readout_json), events, assumed, changed, pairs(file.provenance()),
      pairs(file.inputs()), json_text(file.config_written()), json_text(file.config_resolved()),
      images);
  return run;
}

}  // namespace neurograft
