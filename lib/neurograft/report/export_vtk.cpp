#include <array>
#include <cstdint>
#include <numeric>
#include <span>

#include <neurograft/core/error.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/gzip.hpp>
#include <neurograft/report/export.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

/// Numbers inside VTK's XML: base64 of a header (blocks, their size, size of a last partial block,
/// compressed size of each), then base64 of the compressed blocks. Ours is always one block.
std::string encoded(std::span<const std::byte> bytes) {
  if (bytes.empty()) {
    constexpr std::array<std::uint64_t, 3> none{0, 0, 0};
    return base64(std::as_bytes(std::span(none)));
  }
  const std::string compressed = deflate_zlib(bytes);
  const std::array<std::uint64_t, 4> header{1, bytes.size(), 0, compressed.size()};
  return base64(std::as_bytes(std::span(header))) + base64(std::as_bytes(std::span(compressed)));
}

template <class T>
constexpr const char* vtk_type() {
  switch (element_type<T>()) {
    case ElementType::u8:
      return "UInt8";
    case ElementType::u32:
      return "UInt32";
    case ElementType::i64:
      return "Int64";
    case ElementType::f32:
      return "Float32";
    default:
      return "Float64";
  }
}

template <class T>
std::string data_array(const std::string& name, const std::vector<T>& values, int components = 1) {
  return fmt::format(
      "<DataArray type=\"{}\" Name=\"{}\" NumberOfComponents=\"{}\" "
      "format=\"binary\">{}</DataArray>\n",
      vtk_type<T>(), name, components, encoded(std::as_bytes(std::span(values))));
}

std::string vtk_file(const char* type, const std::string& content) {
  return fmt::format(
      "<?xml version=\"1.0\"?>\n<VTKFile type=\"{}\" version=\"1.0\" byte_order=\"LittleEndian\" "
      "header_type=\"UInt64\" compressor=\"vtkZLibDataCompressor\">\n{}</VTKFile>\n",
      type, content);
}

std::string fields_frame(const ResultsFile& file, std::size_t frame) {
  const Geometry geometry = file.geometry();
  const std::string extent =
      fmt::format("0 {} 0 {} 0 {}", geometry.size[0], geometry.size[1], geometry.size[2]);
  std::string arrays = data_array("label", file.labels());
  for (const ResultsArray& field : file.fields()) {
    arrays += data_array(field.name, file.field(field.name, frame));
  }
  const auto& spacing = geometry.spacing_mm;
  return vtk_file(
      "ImageData",
      fmt::format("<ImageData WholeExtent=\"{0}\" Origin=\"0 0 0\" Spacing=\"{1} {2} {3}\">\n"
                  "<Piece Extent=\"{0}\">\n<CellData Scalars=\"label\">\n{4}</CellData>\n"
                  "</Piece>\n</ImageData>\n",
                  extent, spacing[0], spacing[1], spacing[2], arrays));
}

std::string agent_column(const ResultsFile& file, const ResultsArray& column, std::size_t frame) {
  switch (column.type) {
    case ElementType::u8:
      return data_array(column.name, file.agent_column<std::uint8_t>(column.name, frame));
    case ElementType::u16:
    case ElementType::u32:
      return data_array(column.name, file.agent_column<std::uint32_t>(column.name, frame));
    case ElementType::f32:
      return data_array(column.name, file.agent_column<float>(column.name, frame));
    default:
      return data_array(column.name, file.agent_column<double>(column.name, frame));
  }
}

std::string agents_frame(const ResultsFile& file, std::size_t frame) {
  const std::size_t count = file.agents(frame);
  std::string columns;
  for (const ResultsArray& column : file.agent_columns()) {
    if (column.name != "x" && column.name != "y" && column.name != "z") {
      columns += agent_column(file, column, frame);
    }
  }
  const auto x = file.agent_column<float>("x", frame);
  const auto y = file.agent_column<float>("y", frame);
  const auto z = file.agent_column<float>("z", frame);
  std::vector<float> points;
  points.reserve(3 * count);
  for (std::size_t n = 0; n < count; ++n) points.insert(points.end(), {x[n], y[n], z[n]});
  std::vector<std::int64_t> cells(count), ends(count);
  std::iota(cells.begin(), cells.end(), 0);
  std::iota(ends.begin(), ends.end(), 1);
  return vtk_file(
      "PolyData",
      fmt::format(
          "<PolyData>\n<Piece NumberOfPoints=\"{0}\" NumberOfVerts=\"{0}\" NumberOfLines=\"0\" "
          "NumberOfStrips=\"0\" NumberOfPolys=\"0\">\n<PointData Scalars=\"kind\">\n{1}"
          "</PointData>\n<Points>\n{2}</Points>\n<Verts>\n{3}{4}</Verts>\n</Piece>\n"
          "</PolyData>\n",
          count, columns, data_array("place", points, 3), data_array("connectivity", cells),
          data_array("offsets", ends)));
}

/// Writes a frame each, and the file that ParaView opens to have them all in time.
template <class Frame>
void write_frames(const std::filesystem::path& folder, const std::string& name,
                  const char* extension, const std::vector<double>& days, Paths& written,
                  Frame frame_text) {
  std::string list;
  for (std::size_t frame = 0; frame < days.size(); ++frame) {
    const std::string file = fmt::format("{}_{:04}.{}", name, frame, extension);
    written.push_back(folder / file);
    write_text_durably(written.back(), frame_text(frame));
    list += fmt::format("<DataSet timestep=\"{}\" part=\"0\" file=\"{}\"/>\n", days[frame], file);
  }
  written.push_back(folder / (name + ".pvd"));
  write_text_durably(written.back(),
                     "<?xml version=\"1.0\"?>\n<VTKFile type=\"Collection\" version=\"1.0\" "
                     "byte_order=\"LittleEndian\">\n<Collection>\n" +
                         list + "</Collection>\n</VTKFile>\n");
}

}  // namespace

Paths export_vtk(const ResultsFile& file, const std::filesystem::path& folder) {
  const std::vector<double> field_days = file.field_days();
  const std::vector<double> agent_days = file.agent_days();
  if (field_days.empty() && agent_days.empty()) {
    throw IoError(Problem{file.path().string(), "has neither fields nor agents",
                          "the run recorded no snapshot",
                          "give output.snapshots_d with output.fields or output.agents"});
  }
  make_folder(folder);
  Paths written;
  if (!field_days.empty()) {
    write_frames(folder, "fields", "vti", field_days, written,
                 [&](std::size_t frame) { return fields_frame(file, frame); });
  }
  if (!agent_days.empty()) {
    write_frames(folder, "agents", "vtp", agent_days, written,
                 [&](std::size_t frame) { return agents_frame(file, frame); });
  }
  return written;
}

}  // namespace neurograft
