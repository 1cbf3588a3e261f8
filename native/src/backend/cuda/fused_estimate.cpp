#include "backend/cuda/fused_estimate.h"

#include <algorithm>
#include <cstdio>

namespace convlstm::cuda {
namespace {

double step_bytes(const StepShape& shape) {
  const auto element = static_cast<double>(bytes_of(shape.element));
  const auto pixels = static_cast<double>(shape.plan.size(shape.batch).pixels);
  const auto inputs = static_cast<double>(shape.plan.x_axes.d.input * shape.plan.x_axes.h.input *
                                          shape.plan.x_axes.w.input * shape.batch);
  const auto hidden = static_cast<double>(shape.desc.hidden_channels);
  const double kernels =
      static_cast<double>(shape.plan.stages()) * shape.plan.columns * kStageVectors * kVectorBytes;
  return pixels * hidden * (2 * element + 2 * sizeof(float) + sizeof(float)) +
         inputs * static_cast<double>(shape.desc.input_channels) * element + kernels;
}

double memory_microseconds(const DeviceFigures& figures, double bytes) {
  return figures.microseconds(bytes / (figures.memory_bytes * figures.multiprocessors));
}

double convolution_rate(const DeviceFigures& figures, FusedProducts products) {
  switch (products) {
    case FusedProducts::kBfloat16:
    case FusedProducts::kFloat16:
      return 0.7 * figures.half_products;
    case FusedProducts::kTf32:
      return 0.7 * figures.half_products / 2;
    default:
      return 0.8 * figures.plain_products;
  }
}

}  // namespace

StepEstimate estimate_fused(const DeviceFigures& figures, FusedProducts products, const StepShape& shape) {
  StepEstimate estimate;
  estimate.cost = cost_of(figures, products, shape.plan.size(shape.batch), shape.plan.cut);
  estimate.products = figures.microseconds(estimate.cost.cycles);
  estimate.memory = memory_microseconds(figures, step_bytes(shape));
  // Blocks of a round come to their ends together: the last round's bytes are on top.
  estimate.total = std::max(estimate.products, estimate.memory) +
                   estimate.memory / static_cast<double>(std::max<std::int64_t>(estimate.cost.rounds, 1)) +
                   kLaunchMicroseconds;
  return estimate;
}

StepEstimate estimate_stepwise(const DeviceFigures& figures, FusedProducts products, const StepShape& shape) {
  constexpr std::int64_t kSide = 64;
  const auto blocks = [](std::int64_t count, std::int64_t size) { return (count + size - 1) / size; };
  const ProductSize size = shape.plan.size(shape.batch);
  const auto depth = [&](const FusedPart& part) {
    return static_cast<double>(part.taps) * part.vectors * shape.plan.vector_channels;
  };
  const double rate = convolution_rate(figures, products);
  const std::int64_t of_fullest =
      blocks(blocks(size.pixels, kSide) * blocks(size.columns, kSide), figures.multiprocessors);
  const double of_hidden = static_cast<double>(of_fullest * kSide * kSide) * depth(shape.plan.h) / rate;
  const double of_input = static_cast<double>(size.pixels) * static_cast<double>(size.columns) *
                          depth(shape.plan.x) / (rate * figures.multiprocessors);
  const double sums = static_cast<double>(size.pixels) * static_cast<double>(size.columns) *
                      static_cast<double>(bytes_of(shape.element));
  const int convolutions = shape.plan.x.stages > 0 ? 2 : 1;
  StepEstimate estimate;
  estimate.products = figures.microseconds(of_hidden + of_input + kRoundCycles);
  estimate.memory = memory_microseconds(figures, step_bytes(shape) + 2 * convolutions * sums);
  // The convolution and the stage of the cell run one after the other.
  estimate.total = estimate.products + estimate.memory + 2 * kLaunchMicroseconds;
  return estimate;
}

double padded_multiply_adds(const StepShape& shape) {
  const TileSize tile = size_of(shape.plan.cut.tile);
  const std::int64_t pixels = shape.plan.size(shape.batch).pixels;
  const std::int64_t rows = (pixels + tile.pixels - 1) / tile.pixels * tile.pixels;
  const std::int64_t depth =
      static_cast<std::int64_t>(shape.plan.stages()) * kStageVectors * shape.plan.vector_channels;
  return static_cast<double>(rows * shape.plan.columns) * static_cast<double>(depth);
}

std::string microseconds_text(double microseconds) {
  char text[32];
  std::snprintf(text, sizeof text, microseconds < 100 ? "%.1f us" : "%.0f us", microseconds);
  return text;
}

}  // namespace convlstm::cuda
