#include "layer/parameter.h"

#include "cell/conv_lstm.h"
#include "core/checked.h"

namespace convlstm {
namespace {

constexpr std::int64_t kPeepholes = 3;  // i, f, o

ParameterShape kernel(const char* name, std::size_t place, const char* field, std::int64_t out,
                      std::int64_t in, Size2 size) {
  return {name, place, {out, in, size.h, size.w}, checked_product(field, {out, in, size.h, size.w})};
}

std::vector<ParameterShape> list(const RecurrentDesc& desc) {
  const std::int64_t hidden = desc.hidden_channels;
  const std::int64_t gates = checked_product("desc.hidden_channels", {conv_lstm::kGates, hidden});
  std::vector<ParameterShape> out;
  if (desc.input_channels > 0)
    out.push_back(kernel("input_kernel", kInputKernel, "desc.input_channels", gates, desc.input_channels,
                         desc.input_kernel));
  out.push_back(kernel("recurrent_kernel", kRecurrentKernel, "desc.hidden_channels", gates, hidden,
                       desc.recurrent_kernel));
  if (desc.bias != CLN_BIAS_NONE) out.push_back({"bias", kGateBias, {gates}, gates});
  if (desc.bias == CLN_BIAS_TWO) out.push_back({"recurrent_bias", kRecurrentBias, {gates}, gates});
  if (desc.peephole == CLN_PEEPHOLE_PER_CHANNEL)
    out.push_back({"peephole", kPeephole, {kPeepholes, hidden}, kPeepholes * hidden});
  return out;
}

std::vector<ParameterShape> list(const ConvDesc& desc) {
  std::vector<ParameterShape> out;
  out.push_back(kernel("kernel", kKernel, "desc.output_channels", desc.output_channels, desc.input_channels,
                       desc.kernel));
  if (desc.bias == CLN_BIAS_ONE) out.push_back({"bias", kBias, {desc.output_channels}, desc.output_channels});
  return out;
}

}  // namespace

std::vector<ParameterShape> parameters_of(const LayerDesc& desc) {
  return std::visit([](const auto& d) { return list(d); }, desc);
}

}  // namespace convlstm
