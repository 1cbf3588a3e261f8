#include "backend/cuda/fused_estimate.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "backend/cuda/hopper_cost.h"
#include "backend/cuda/hopper_plan.h"
#include "backend/cuda/persistent_plan.h"
#include "backend/cuda/stepwise.h"

namespace convlstm::cuda {
namespace {

std::int64_t blocks(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

std::int64_t pixels_of(const FusedProblem& problem) {
  return problem.shape.batch * state_size(problem.desc, problem.shape.size).area();
}

// Of a step whose packed kernels have so many bytes.
double step_bytes(const FusedProblem& problem, double kernels) {
  const auto element = static_cast<double>(bytes_of(problem.element));
  const auto hidden = static_cast<double>(problem.desc.hidden_channels);
  const auto inputs =
      static_cast<double>(problem.shape.batch * problem.shape.size.area() * problem.desc.input_channels);
  return static_cast<double>(pixels_of(problem)) * hidden * (2 * element + 3 * sizeof(float)) +
         inputs * element + kernels;
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

// Of one kernel a step, over all of its tiles.
StepEstimate estimate_step(const FusedProblem& problem, const ProductCost& cost, double kernels) {
  const DeviceFigures& figures = problem.figures;
  StepEstimate estimate;
  estimate.cost = cost;
  estimate.products = figures.microseconds(cost.cycles);
  estimate.memory = memory_microseconds(figures, step_bytes(problem, kernels));
  // Blocks of a round come to their ends together: the last round's bytes are on top.
  estimate.total = std::max(estimate.products, estimate.memory) +
                   estimate.memory / static_cast<double>(std::max<std::int64_t>(cost.rounds, 1)) +
                   kLaunchMicroseconds;
  return estimate;
}

// Pixels of whole tiles by what is packed of the kernels, each number a multiply-add.
double padded_products(const FusedProblem& problem, std::int64_t tile_pixels, double kernels) {
  const std::int64_t rows = blocks(pixels_of(problem), tile_pixels) * tile_pixels;
  return static_cast<double>(rows) * kernels / static_cast<double>(bytes_of(problem.element));
}

StepEstimate estimate(const FusedProblem& problem, const FusedCut& cut) {
  const FusedPlan plan(problem.desc, problem.shape.size, problem.element, cut);
  const double kernels = static_cast<double>(plan.stages()) * plan.columns * kStageVectors * kVectorBytes;
  const ProductSize size = plan.size(problem.shape.batch);
  StepEstimate estimate =
      estimate_step(problem, cost_of(problem.figures, problem.products, size, cut), kernels);
  estimate.multiply_adds = padded_products(problem, size_of(cut.tile).pixels, kernels);
  return estimate;
}

StepEstimate estimate(const FusedProblem& problem, HopperTile tile) {
  const HopperPlan plan(problem.desc, problem.shape, problem.element, tile);
  const double kernels = static_cast<double>(plan.stages()) * plan.columns * kHopperStageBytes;
  const ProductSize size{pixels_of(problem), plan.columns, plan.stages()};
  StepEstimate estimate =
      estimate_step(problem, cost_of(problem.figures, problem.products, size, tile), kernels);
  estimate.multiply_adds = padded_products(problem, size_of(tile).pixels, kernels);
  return estimate;
}

StepEstimate estimate(const FusedProblem& problem, PersistentTile tile) {
  const FusedPlan step(problem.desc, problem.shape.size, problem.element, FusedCut{});
  const PersistentPlan plan(step, problem.element, problem.shape.batch, tile);
  StepEstimate estimate;
  estimate.total = estimate.products = microseconds_of(problem.figures, problem.products, plan);
  estimate.multiply_adds = plan.multiply_adds();
  return estimate;
}

}  // namespace

FusedProblem problem_of(const Device& device, const RecurrentDesc& desc, const InputShape& shape) {
  const Precision precision = precision_of(device.precision, desc);
  return {desc, shape, precision.element, products_of(precision, device.is_exact), figures_of(device)};
}

StepEstimate estimate_of(const FusedProblem& problem, const FusedForm& form) {
  return std::visit([&](const auto& own) { return estimate(problem, own); }, form);
}

StepEstimate estimate_stepwise(const FusedProblem& problem) {
  constexpr std::int64_t kSide = 64;
  const DeviceFigures& figures = problem.figures;
  const FusedPlan plan(problem.desc, problem.shape.size, problem.element, FusedCut{});
  const ProductSize size = plan.size(problem.shape.batch);
  const auto depth = [&](const FusedPart& part) {
    return static_cast<double>(part.taps) * part.vectors * plan.vector_channels;
  };
  const double rate = convolution_rate(figures, problem.products);
  const std::int64_t of_fullest =
      blocks(blocks(size.pixels, kSide) * blocks(size.columns, kSide), figures.multiprocessors);
  const double of_hidden = static_cast<double>(of_fullest * kSide * kSide) * depth(plan.h) / rate;
  const double numbers = static_cast<double>(size.pixels) * static_cast<double>(size.columns);
  const double of_input = numbers * depth(plan.x) / (rate * figures.multiprocessors);
  const double sums = numbers * static_cast<double>(bytes_of(problem.element));
  const double kernels =
      static_cast<double>(plan.stages()) * static_cast<double>(size.columns) * kStageVectors * kVectorBytes;
  const int convolutions = plan.x.stages > 0 ? 2 : 1;
  StepEstimate estimate;
  estimate.products = figures.microseconds(of_hidden + of_input + kRoundCycles);
  estimate.memory = memory_microseconds(figures, step_bytes(problem, kernels) + 2 * convolutions * sums);
  // The convolution and the stage of the cell run one after the other.
  estimate.total = estimate.products + estimate.memory + 2 * kLaunchMicroseconds;
  return estimate;
}

std::vector<FormEstimate> estimates_of(const FusedProblem& problem, const std::vector<FusedForm>& forms) {
  std::vector<FormEstimate> estimates;
  for (const FusedForm& form : forms) estimates.push_back({form, estimate_of(problem, form)});
  std::stable_sort(estimates.begin(), estimates.end(), [](const FormEstimate& a, const FormEstimate& b) {
    return a.estimate.total < b.estimate.total;
  });
  return estimates;
}

std::vector<FusedForm> forms_to_try(const Device& device, const FusedProblem& problem) {
  const FusedPlan step(problem.desc, problem.shape.size, problem.element, FusedCut{});
  std::vector<FusedForm> forms;
  const ProductSize size = step.size(problem.shape.batch);
  for (const FusedCut& cut : cuts_to_try(problem.figures, problem.products, size)) forms.emplace_back(cut);
  if (HopperPlan::supports(device, problem.desc, problem.shape))
    for (const HopperTile tile : kHopperTiles) forms.emplace_back(tile);
  for (const PersistentPlan& plan :
       persistent_plans(device, step, problem.element, problem.products, problem.shape.batch))
    forms.emplace_back(plan.tile);
  return forms;
}

std::string microseconds_text(double microseconds) {
  char text[32];
  std::snprintf(text, sizeof text, microseconds < 100 ? "%.1f us" : "%.0f us", microseconds);
  return text;
}

}  // namespace convlstm::cuda
