#include "cell/parameters.h"

#include "cell/cells.h"
#include "core/checked.h"

namespace convlstm {
namespace {

constexpr std::int64_t kPeepholes = 3;  // i, f, o

class List {
 public:
  List(std::int32_t rank, const Size3& grid) : rank_(rank), grid_(grid) {}

  // `field`: of the description, which is at fault where the product of the sizes does not fit.
  void kernel(const char* name, std::size_t place, const char* field, std::int64_t out, std::int64_t in,
              const Size3& size) {
    add(name, place, field, {out, in}, dims_of(size, rank_), ParameterShape::Role::kernel);
  }
  void vector(const char* name, std::size_t place, std::int64_t count,
              ParameterShape::Role role = ParameterShape::Role::other) {
    add(name, place, kChannels, {count}, {}, role);
  }
  // The scale and the shift of a normalization, whose places follow each other.
  void norm(const std::string& name, std::size_t place, std::int64_t channels, bool per_pixel) {
    const auto pixels = per_pixel ? dims_of(grid_, rank_) : std::vector<std::int64_t>();
    add(name + "_scale", place, kFixedSize, {channels}, pixels, ParameterShape::Role::scale);
    add(name + "_shift", place + 1, kFixedSize, {channels}, pixels, ParameterShape::Role::other);
  }
  void peephole(std::int64_t hidden, bool per_pixel) {
    add("peephole", kPeephole, kFixedSize, {kPeepholes, hidden},
        per_pixel ? dims_of(grid_, rank_) : std::vector<std::int64_t>(), ParameterShape::Role::other);
  }
  std::vector<ParameterShape> take() { return std::move(shapes_); }

 private:
  static constexpr const char *kChannels = "desc.hidden_channels", *kFixedSize = "desc.fixed_size";

  void add(const std::string& name, std::size_t place, const char* field, std::vector<std::int64_t> dims,
           const std::vector<std::int64_t>& more, ParameterShape::Role role) {
    dims.insert(dims.end(), more.begin(), more.end());
    std::int64_t count = 1;
    for (const std::int64_t dim : dims) count = checked_product(field, {count, dim});
    shapes_.push_back({name, place, std::move(dims), count, role});
  }

  std::int32_t rank_;
  Size3 grid_;
  std::vector<ParameterShape> shapes_;
};

void list(const RecurrentDesc& desc, List& out) {
  const std::int64_t F = desc.hidden_channels;
  const CellTraits traits = traits_of(desc.cell);
  const auto rows = [F](std::int64_t gates) { return checked_product("desc.hidden_channels", {gates, F}); };
  const std::int64_t input_rows = rows(traits.input_gates), recurrent_rows = rows(traits.recurrent_gates);
  const std::int64_t memory_rows = rows(traits.memory_gates);
  const bool has_input = desc.input_channels > 0, has_memory = memory_rows > 0;

  if (has_input)
    out.kernel("input_kernel", kInputKernel, "desc.input_channels", input_rows, desc.input_channels,
               desc.input.kernel);
  out.kernel("recurrent_kernel", kRecurrentKernel, "desc.hidden_channels", recurrent_rows, F,
             desc.recurrent_kernel);
  if (has_memory) {
    out.kernel("memory_kernel", kMemoryKernel, "desc.hidden_channels", memory_rows, F, desc.recurrent_kernel);
    out.kernel("output_kernel", kOutputKernel, "desc.hidden_channels", F, rows(2), desc.recurrent_kernel);
    out.kernel("mixing_kernel", kMixingKernel, "desc.hidden_channels", F, rows(2), Size3{1, 1});
  }
  if (desc.bias != CLN_BIAS_NONE) out.vector("bias", kGateBias, input_rows);
  if (desc.bias == CLN_BIAS_TWO) out.vector("recurrent_bias", kRecurrentBias, recurrent_rows);
  if (desc.peephole != CLN_PEEPHOLE_NONE) out.peephole(F, desc.peephole == CLN_PEEPHOLE_PER_PIXEL);
  if (desc.normalization == CLN_NORMALIZATION_GROUP) out.norm("norm", kNormScale, input_rows, false);
  if (desc.normalization == CLN_NORMALIZATION_LAYER) {
    if (has_input) out.norm("input_norm", kInputNormScale, input_rows, true);
    out.norm("recurrent_norm", kRecurrentNormScale, recurrent_rows, true);
    if (has_memory) {
      out.norm("memory_norm", kMemoryNormScale, memory_rows, true);
      out.norm("output_norm", kOutputNormScale, F, true);
    }
  }
}

void list(const ConvDesc& desc, List& out) {
  out.kernel("kernel", kKernel, "desc.output_channels", desc.output_channels, desc.input_channels,
             desc.kernel);
  if (desc.bias == CLN_BIAS_ONE) out.vector("bias", kBias, desc.output_channels);
}

}  // namespace

std::vector<std::int64_t> dims_of(const Size3& size, std::int32_t rank) {
  const std::vector<std::int64_t> all{size.d, size.h, size.w};
  return {all.end() - rank, all.end()};
}

std::vector<ParameterShape> parameters_of(const LayerDesc& desc, std::int32_t rank, const Size3& grid) {
  List out(rank, grid);
  std::visit([&](const auto& d) { list(d, out); }, desc);
  return out.take();
}

}  // namespace convlstm
