// What the executors tell of themselves: ExecutorPlan.
#include <algorithm>
#include <string>

#include "backend/cpu/direct_fused.h"
#include "backend/cpu/generic_conv.h"
#include "backend/cpu/generic_recurrent.h"
#include "backend/cpu/product.h"
#include "backend/cpu/winograd_fused.h"

namespace convlstm::cpu {
namespace {

constexpr std::int64_t kFloat = sizeof(float);

std::string number(std::int64_t value) {
  return std::to_string(value);
}

// The product of rows of weights with the pixels of a grid, of which there may be several a step.
struct DirectProduct {
  PackedLayout weights;
  std::int64_t channels;  // planes that it reads, of each image
};

double work_of(const PlaneGeometry& geometry, const PackedLayout& weights) {
  const int products = weights.is_paired ? 2 : 1;  // of a term
  return static_cast<double>(products * geometry.vectors() * geometry.lanes()) *
         static_cast<double>(weights.count());
}

void describe_cut(const Kernels& kernels, const ProductCut& cut, std::int64_t blocks, const std::string& rows,
                  ExecutorPlan& plan) {
  const std::int64_t pixels = kernels.max_vectors * kernels.lanes;
  const std::int64_t panel = std::min(cut.panel, cut.tiles);
  plan.tiling = "blocks of " + rows + " x " + number(pixels) + " pixels: " + number(blocks) +
                (blocks == 1 ? " block of rows" : " blocks of rows") + ", each over " + number(panel) +
                (panel < cut.tiles ? " of " + number(cut.tiles) : "") +
                (cut.tiles == 1 ? " tile of pixels" : " tiles of pixels") + " at a time";
  if (cut.split.parts() == 1)
    plan.tiling += ", on one thread";
  else
    plan.tiling += ", pixels cut in " + number(cut.split.first) + ", rows in " + number(cut.split.second);
  plan.numbers = {{"lanes", kernels.lanes},         {"rows", kernels.rows},         {"row_blocks", blocks},
                  {"tile_pixels", pixels},          {"tiles", cut.tiles},           {"tiles_at_once", panel},
                  {"pixel_parts", cut.split.first}, {"row_parts", cut.split.second}};
}

void describe_cut(const CpuDevice& device, const PlaneGeometry& geometry, const DirectProduct& product,
                  const std::string& rows, ExecutorPlan& plan) {
  describe_cut(device.kernels, cut_product(device, geometry.vectors(), product.weights, product.channels),
               product.weights.blocks, rows, plan);
}

std::string winograd_name(const WinogradPlan& plan) {
  const auto square = [](std::int64_t side) { return number(side) + 'x' + number(side); };
  return "F(" + square(plan.outputs) + ", " + square(plan.taps) + ')';
}

double work_of(const WinogradPlan& plan, const RecurrentDesc& desc) {
  return static_cast<double>(plan.tiles * plan.points * 4 * plan.hidden) *
         static_cast<double>(desc.hidden_channels + desc.input_channels);
}

}  // namespace

ExecutorPlan WinogradFused::plan(std::int64_t) const {
  const std::int64_t threads = device_.pool.size(), lanes = device_.kernels.lanes;
  const bool shares = plan_.shares_hidden(threads);
  const std::int64_t parts = std::min(threads, shares ? plan_.blocks : plan_.tiles);
  const std::int64_t at_once = shares ? plan_.tiles : plan_.tiles_at_once(threads, table_.tiles);
  ExecutorPlan plan;
  plan.algorithm = "Winograd " + winograd_name(plan_);
  plan.tiling = number(plan_.tiles) + (plan_.tiles == 1 ? " tile" : " tiles") + " of " +
                number(plan_.outputs) + 'x' + number(plan_.outputs) + " pixels x " + number(plan_.blocks) +
                (plan_.blocks == 1 ? " block" : " blocks") + " of " + number(lanes) + " hidden channels";
  if (parts == 1)
    plan.tiling += ", on one thread";
  else if (shares)
    plan.tiling += ", each thread its blocks of all tiles";
  else
    plan.tiling += ", each thread its tiles";
  if (!shares && at_once < plan_.tiles) plan.tiling += ", " + number(at_once) + " at a time";
  plan.numbers = {{"lanes", lanes},
                  {"tile_outputs", plan_.outputs},
                  {"tile_points", plan_.points},
                  {"tiles", plan_.tiles},
                  {"tiles_at_once", at_once},
                  {"hidden_blocks", plan_.blocks},
                  {"tile_parts", shares ? 1 : parts},
                  {"hidden_parts", shares ? parts : 1}};
  if (desc_.input_channels > 0) plan.input = plan_.hoists_input ? "hoisted" : "folded";
  if (plan_.hoists_input) plan.numbers.push_back({"hoisted_steps", plan_.hoisted_steps()});
  const std::int64_t used = desc_.hidden_channels + desc_.input_channels;
  plan.weight_bytes = plan_.blocks * (plan_.points * used * 4 + 7) * lanes * kFloat;
  std::int64_t transforms = shares ? winograd_stride(plan_.tiles * plan_.step_channels())
                                   : threads * winograd_stride(at_once * plan_.step_channels());
  std::int64_t sums = threads * plan_.block_scratch(at_once);
  if (plan_.hoists_input) {
    const std::int64_t tiles = plan_.hoisted_steps() * plan_.tiles;
    transforms = std::max(transforms, winograd_stride(tiles * plan_.input));
    sums = std::max(sums, threads * plan_.points * winograd_stride(kHoistedGroup * 4 * lanes));
  }
  const WinogradTape tape = WinogradTape::inference(plan_, shape_.batch);
  plan.work_bytes = (tape.count() + plan_.points * transforms + sums) * kFloat;
  plan.multiply_adds = work_of(plan_, desc_);
  for (const std::int64_t outputs : {2, 4}) {
    const WinogradPlan other = plan_winograd(desc_, shape_, device_.kernels.lanes, {outputs, {}});
    plan.estimates.push_back({winograd_name(other), work_of(other, desc_)});
  }
  return plan;
}

ExecutorPlan DirectFused::plan(std::int64_t) const {
  const int channels = device_.kernels.block_channels;
  const std::int64_t blocks = (desc_.hidden_channels + channels - 1) / channels;
  const DirectProduct product{{blocks, static_cast<std::int64_t>(input_terms_.size() + hidden_terms_.size()),
                               device_.kernels.rows, is_half_},
                              planes_of(desc_.input_channels) + planes_of(desc_.hidden_channels)};
  ExecutorPlan plan;
  plan.algorithm = is_half_ ? "direct, in pairs of bfloat16" : "direct";
  describe_cut(device_, geometry_, product,
               "4 gates of " + number(channels) + (channels == 1 ? " channel" : " channels"), plan);
  if (input_) plan.input = "folded";
  plan.weight_bytes = (product.weights.count() + blocks * 7 * channels) * kFloat;
  const std::int64_t float_h = keeps_float_h() ? desc_.hidden_channels * geometry_.body_stride() : 0;
  plan.work_bytes = (RecurrentTape::inference(tape_step()).count() + float_h) * kFloat;
  plan.multiply_adds = work_of(geometry_, product.weights);
  return plan;
}

ExecutorPlan GenericConv::plan(std::int64_t) const {
  const int height = device_.kernels.rows;
  const DirectProduct product{
      {(desc_.output_channels + height - 1) / height, static_cast<std::int64_t>(terms_.size()), height},
      desc_.input_channels};
  ExecutorPlan plan;
  plan.algorithm = "direct";
  plan.input = "apart";
  describe_cut(device_, geometry_, product, number(height) + " rows", plan);
  plan.weight_bytes = product.weights.count() * kFloat;
  plan.work_bytes = 2 * desc_.input_channels * geometry_.plane_stride() * kFloat;
  plan.multiply_adds = work_of(geometry_, product.weights);
  return plan;
}

ExecutorPlan GenericRecurrent::plan(std::int64_t) const {
  ExecutorPlan plan = sums_up() ? plan_of_sums() : plan_of_convolutions();
  plan.work_bytes +=
      static_cast<std::int64_t>(tape(1, false).bytes() + slots_.bytes()) + panel_floats() * kFloat;
  return plan;
}

ExecutorPlan GenericRecurrent::plan_of_sums() const {
  ExecutorPlan plan;
  plan.algorithm = "direct";
  if (desc_.input_channels > 0) plan.input = "folded";
  for (const Stage& stage : stages_)
    for (const SlotSum& sum : stage.sums[0].list) {
      const PackedLayout layout = sum.product->layout();
      plan.weight_bytes += layout.count() * kFloat;
      plan.multiply_adds += work_of(geometry_, layout);
    }
  const auto size_of = [](const Stage& stage) { return stage.sums[0].all.count(); };
  const StageSums& largest = std::ranges::max_element(stages_, {}, size_of)->sums[0];
  describe_cut(device_.kernels, largest.cut, largest.all.blocks, number(device_.kernels.rows) + " rows",
               plan);
  return plan;
}

ExecutorPlan GenericRecurrent::plan_of_convolutions() const {
  ExecutorPlan plan;
  plan.algorithm = "direct, convolution by convolution";
  const bool is_half = desc_.storage == CLN_STORAGE_BFLOAT16;
  DirectProduct largest{{}, 0};
  std::array<std::int64_t, kMixingKernel + 1> half_bytes{};  // that the convolutions unpack, by kernel
  for (const Stage& stage : stages_)
    for (const Convolution& c : stage.convolutions) {
      if (c.plan.source == kFromInput) plan.input = "apart";
      for (const Run& run : c.runs[0]) {
        const DirectProduct product{c.operation->layout_of(rows_of(c, run).count),
                                    c.operation->source_planes()};
        const std::int64_t floats = product.weights.count();
        plan.weight_bytes += floats * (is_half ? kFloat / 2 : kFloat);
        plan.multiply_adds += work_of(geometry_, product.weights);
        if (is_half)
          half_bytes[c.plan.kernel] = (device_.pool.size() * product.weights.block_size() +
                                       product.channels * geometry_.plane_stride()) *
                                      kFloat;
        if (floats > largest.weights.count()) largest = product;
      }
    }
  describe_cut(device_, geometry_, largest, number(device_.kernels.rows) + " rows", plan);
  for (const std::int64_t bytes : half_bytes) plan.work_bytes += bytes;
  return plan;
}

}  // namespace convlstm::cpu
