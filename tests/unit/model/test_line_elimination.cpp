#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/model/line_elimination.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

std::vector<double> drawn(std::size_t count, std::uint32_t lane, double scale) {
  const Stream stream(3, StreamCode::run_setup, lane);
  std::vector<double> values(count);
  for (std::uint32_t i = 0; i < count; ++i) values[i] = scale * math::uniform(stream.word(i));
  return values;
}

// One line by Gaussian elimination on the full matrix.
std::vector<double> plain(const std::vector<double>& value, const std::vector<double>& link,
                          const std::vector<double>& exchange) {
  const std::size_t n = value.size();
  std::vector<std::vector<double>> a(n, std::vector<double>(n + 1, 0.0));
  for (std::size_t i = 0; i < n; ++i) {
    a[i][i] = 1.0 + exchange[i];
    a[i][n] = value[i];
  }
  for (std::size_t i = 0; i + 1 < n; ++i) {
    a[i][i] += link[i];
    a[i + 1][i + 1] += link[i];
    a[i][i + 1] -= link[i];
    a[i + 1][i] -= link[i];
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a[i][k] / a[k][k];
      for (std::size_t j = k; j <= n; ++j) a[i][j] -= factor * a[k][j];
    }
  }
  std::vector<double> x(n);
  for (std::size_t i = n; i-- > 0;) {
    double sum = a[i][n];
    for (std::size_t j = i + 1; j < n; ++j) sum -= a[i][j] * x[j];
    x[i] = sum / a[i][i];
  }
  return x;
}

}  // namespace

TEST_CASE("lines are solved as by plain elimination, and keep their total without exchange") {
  for (const std::size_t rows : {1, 2, 3, 40}) {
    for (const bool open : {false, true}) {
      const std::size_t stride = line_lanes + 5;
      auto value = drawn(rows * stride, 1, 7.0);
      auto link = drawn(rows * stride, 2, 30.0);
      const auto exchange = drawn(rows * stride, 3, open ? 2.0 : 0.0);
      // Gaps, as tissue has them.
      for (std::size_t cell = 0; cell < link.size(); cell += 7) link[cell] = 0.0;
      const auto start = value;
      std::vector<double> factors(factor_lanes * rows);
      factorise(link.data(), open ? exchange.data() : nullptr, rows, stride, factors.data());
      substitute(factors.data(), rows, value.data(), stride);
      for (std::size_t lane = 0; lane < line_lanes; ++lane) {
        std::vector<double> v(rows), l(rows), e(rows);
        for (std::size_t row = 0; row < rows; ++row) {
          v[row] = start[row * stride + lane];
          l[row] = link[row * stride + lane];
          e[row] = exchange[row * stride + lane];
        }
        const auto x = plain(v, l, e);
        double before = 0.0;
        double after = 0.0;
        for (std::size_t row = 0; row < rows; ++row) {
          const double seen = value[row * stride + lane];
          CHECK(std::abs(seen - x[row]) < 1e-12);
          before += v[row];
          after += seen + e[row] * x[row];
        }
        CHECK(std::abs(after - before) < 1e-12 * before);
      }
      // What lies between the lines is not touched.
      for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t cell = line_lanes; cell < stride; ++cell) {
          CHECK(value[row * stride + cell] == start[row * stride + cell]);
        }
      }
    }
  }
}

TEST_CASE("a value that is not a number stays one") {
  std::vector<double> value(3 * line_lanes, 1.0), link(3 * line_lanes, 0.5);
  std::vector<double> factors(3 * factor_lanes);
  value[line_lanes + 3] = std::numeric_limits<double>::quiet_NaN();
  factorise(link.data(), nullptr, 3, line_lanes, factors.data());
  substitute(factors.data(), 3, value.data(), line_lanes);
  CHECK(std::isnan(value[line_lanes + 3]));
  CHECK(std::isfinite(value[line_lanes + 4]));
}

TEST_CASE("rows turn into lanes and back") {
  const std::size_t columns = 12;
  const std::size_t stride = 17;
  std::vector<double> rows(line_lanes * stride);
  std::iota(rows.begin(), rows.end(), 0.0);
  std::vector<double> lanes(line_lanes * columns);
  gather_rows(rows.data(), stride, columns, lanes.data());
  for (std::size_t row = 0; row < line_lanes; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      CHECK(lanes[column * line_lanes + row] == rows[row * stride + column]);
    }
  }
  std::vector<double> back(rows.size(), -1.0);
  scatter_rows(lanes.data(), columns, back.data(), stride);
  for (std::size_t cell = 0; cell < back.size(); ++cell) {
    CHECK(back[cell] == (cell % stride < columns ? rows[cell] : -1.0));
  }
}
