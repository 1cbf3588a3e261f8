#include "backend/cpu/weight_gradient.h"

#include <algorithm>

#include "backend/cpu/product.h"

namespace convlstm::cpu {
namespace {

// Vectors whose rows and shared columns stay in the first-level cache.
constexpr std::int64_t kChunk = 128;

// Into which a thread's rows are cut, for others to take over.
constexpr std::int64_t kChunksOfAThread = 4;

template <typename Number>
struct Column {
  const Number* planes;
  std::int64_t step;
  float* gradient;  // of row 0
  std::int64_t gradient_stride;
};

template <typename Number>
std::vector<Column<Number>> list_columns(const GradientTask<Number>& task) {
  std::vector<Column<Number>> columns;
  for (const GradientRange<Number>& range : task.ranges) {
    if (range.gradient == nullptr) continue;
    for (std::size_t k = 0; k < range.offsets->size(); ++k)
      columns.push_back({range.planes + (*range.offsets)[k], range.step, range.gradient + (*range.columns)[k],
                         range.row_size});
  }
  return columns;
}

// Of `vectors` vectors; `kernel`(tile, first vector, sums).
template <typename Number, typename Kernel>
void add_gradient(CpuDevice& device, std::int64_t all_vectors, const GradientTask<Number>& task,
                  const Kernel& kernel) {
  const Kernels& kernels = device.kernels;
  const std::vector<Column<Number>> columns = list_columns(task);
  const std::int64_t count = static_cast<std::int64_t>(columns.size()), width = kernels.gradient_columns;
  if (columns.empty()) return;
  const std::int64_t row_blocks = (task.row_count + kGradientRows - 1) / kGradientRows;
  const std::int64_t groups = (count + width - 1) / width;
  const std::int64_t work = all_vectors * kernels.lanes * task.steps * task.row_count * count;
  const Split split = split_grid(row_blocks, groups, work < kSmallWork ? 1 : device.pool.size());

  const auto add_tile = [&](std::int64_t block, std::int64_t group, std::int64_t first_vector,
                            std::int64_t vectors) {
    GradientTile<Number> tile{};
    const std::int64_t rows = std::min<std::int64_t>(kGradientRows, task.row_count - block * kGradientRows);
    const std::int64_t used = std::min(width, count - group * width);
    for (std::int64_t r = 0; r < kGradientRows; ++r)  // missing rows and columns repeat the last
      tile.rows[r] = task.rows + (block * kGradientRows + std::min(r, rows - 1)) * task.row_stride;
    tile.row_step = task.row_step;
    const Column<Number>* column = columns.data() + group * width;
    for (std::int64_t c = 0; c < width; ++c) {
      tile.columns[c] = column[std::min(c, used - 1)].planes;
      tile.column_steps[c] = column[std::min(c, used - 1)].step;
    }
    tile.count = vectors;
    tile.steps = task.steps;
    float sums[kGradientRows * kMaxGradientColumns];
    kernel(tile, first_vector, sums);
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < used; ++c)
        column[c].gradient[(block * kGradientRows + r) * column[c].gradient_stride] += sums[r * width + c];
  };

  const Chunks block_chunks(row_blocks, split.first,
                            (row_blocks / split.first + kChunksOfAThread - 1) / kChunksOfAThread);
  device.pool.parallel_for(block_chunks.parts() * split.second, [&](std::int64_t part) {
    const auto [first_block, end_block] = block_chunks.at(part % block_chunks.parts());
    const std::int64_t j = part / block_chunks.parts();
    for (std::int64_t vector = 0; vector < all_vectors; vector += kChunk)
      for (std::int64_t block = first_block; block < end_block; ++block)
        for (std::int64_t group = groups * j / split.second; group < groups * (j + 1) / split.second; ++group)
          add_tile(block, group, vector, std::min(kChunk, all_vectors - vector));
  });
}

}  // namespace

std::int64_t gradient_window(const PlaneGeometry& geometry) {
  return std::max<std::int64_t>(1, kChunk / geometry.vectors());
}

void add_weight_gradient(CpuDevice& device, const PlaneGeometry& geometry, const GradientTask<float>& task) {
  add_gradient(device, geometry.vectors(), task,
               [&](GradientTile<float>& tile, std::int64_t first_vector, float* sums) {
                 tile.places = geometry.places() + first_vector;
                 device.kernels.gradient(tile, sums);
               });
}

void add_weight_gradient(CpuDevice& device, std::int64_t count, const GradientTask<std::uint16_t>& task) {
  const std::int64_t numbers = 2 * device.kernels.lanes;
  add_gradient(device, (count + numbers - 1) / numbers, task,
               [&](GradientTile<std::uint16_t>& tile, std::int64_t first_vector, float* sums) {
                 for (const std::uint16_t*& row : tile.rows) row += first_vector * numbers;
                 for (const std::uint16_t*& column : tile.columns)
                   if (column != nullptr) column += first_vector * numbers;
                 device.kernels.half_gradient(tile, sums);
               });
}

}  // namespace convlstm::cpu
