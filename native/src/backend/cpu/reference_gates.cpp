#include "backend/cpu/reference_gates.h"

#include "cell/bfloat16.h"
#include "cell/cells.h"

namespace convlstm::cpu::reference {
namespace {

constexpr std::size_t kNoScale = kMaxParameters;

Correlation over_states(const RecurrentDesc& desc, const Size3& input, const Size3& kernel,
                        std::int64_t inputs) {
  return {same_axes(kernel, desc.recurrent_dilation, state_size(desc, input)), inputs, desc.hidden_channels};
}

}  // namespace

Grid grid_of(const RecurrentDesc& desc, const Size3& input) {
  return {desc.hidden_channels, state_size(desc, input).area()};
}

double as_stored(cln_storage storage, double value) {
  if (storage != CLN_STORAGE_BFLOAT16) return value;
  return static_cast<double>(bfloat16::round(static_cast<float>(value)));
}

GateConvolution::GateConvolution(const RecurrentDesc& desc, const Correlation& gate, std::int64_t first,
                                 std::int64_t gates, std::size_t kernel, std::size_t scale)
    : gate_(gate),
      first_(first),
      gates_(gates),
      kernel_(kernel),
      scale_(scale),
      is_normalized_(desc.normalization == CLN_NORMALIZATION_LAYER && scale != kNoScale),
      storage_(desc.storage) {
  const std::int64_t rows = gates * gate.outputs;
  normalization_ = {rows, gate.axes.output().area(), rows, true, static_cast<double>(desc.norm_epsilon)};
}

GateConvolution GateConvolution::of_input(const RecurrentDesc& desc, const Size3& input) {
  const Correlation gate{axes_of(desc.input, input), desc.input_channels, desc.hidden_channels};
  GateConvolution result(desc, gate, 0, traits_of(desc.cell).input_gates, kInputKernel, kInputNormScale);
  result.drop_ = {true, dropout::kInput, desc.input_dropout};
  return result;
}

GateConvolution GateConvolution::of_hidden(const RecurrentDesc& desc, const Size3& input, std::int64_t first,
                                           std::int64_t gates) {
  const Correlation gate = over_states(desc, input, desc.recurrent_kernel, desc.hidden_channels);
  GateConvolution result(desc, gate, first, gates, kRecurrentKernel, kRecurrentNormScale);
  result.drop_ = {true, dropout::kRecurrent, desc.recurrent_dropout};
  return result;
}

GateConvolution GateConvolution::of_memory(const RecurrentDesc& desc, const Size3& input) {
  const Correlation gate = over_states(desc, input, desc.recurrent_kernel, desc.hidden_channels);
  return {desc, gate, 0, traits_of(desc.cell).memory_gates, kMemoryKernel, kMemoryNormScale};
}

GateConvolution GateConvolution::of_output(const RecurrentDesc& desc, const Size3& input) {
  const Correlation gate = over_states(desc, input, desc.recurrent_kernel, 2 * desc.hidden_channels);
  return {desc, gate, 0, 1, kOutputKernel, kOutputNormScale};
}

GateConvolution GateConvolution::of_mixing(const RecurrentDesc& desc, const Size3& input) {
  const Correlation gate = over_states(desc, input, Size3{1, 1}, 2 * desc.hidden_channels);
  return {desc, gate, 0, 1, kMixingKernel, kNoScale};
}

double GateConvolution::factor(const Step& step, std::int64_t gate, std::int64_t element) const {
  if (!drop_.does || !step.dropout.is_active || drop_.rate == 0) return 1;
  const std::int64_t place = step.n * gate_.input_count() + element;
  return static_cast<double>(dropout::factor(step.dropout.seed, drop_.kind, static_cast<std::uint64_t>(gate),
                                             static_cast<std::uint64_t>(place), drop_.rate));
}

Doubles GateConvolution::read(const Step& step, std::int64_t gate, const double* source) const {
  Doubles seen(source, source + gate_.input_count());
  for (std::int64_t e = 0; e < gate_.input_count(); ++e)
    seen[size_of(e)] = as_stored(storage_, source[e] * factor(step, gate, e));
  return seen;
}

Doubles GateConvolution::forward(const Step& step, const double* source, Trace& trace) const {
  const double* kernel = step.parameters[kernel_].data();
  Doubles rows(size_of(gates_ * gate_.output_count()));
  for (std::int64_t g = 0; g < gates_; ++g)
    gate_.forward(read(step, first_ + g, source).data(), kernel + (first_ + g) * gate_.kernel_count(),
                  rows.data() + g * gate_.output_count());
  if (is_normalized_) {
    const std::int64_t begin = first_ * gate_.output_count();
    normalization_.forward(rows.data(), step.parameters[scale_].data() + begin,
                           step.parameters[scale_ + 1].data() + begin, trace);
  }
  return rows;
}

void GateConvolution::backward(const Step& step, const double* source, const Trace& trace, Doubles drows,
                               double* dsource, Parameters& gradients) const {
  if (is_normalized_) {
    const std::int64_t begin = first_ * gate_.output_count();
    normalization_.backward(drows.data(), step.parameters[scale_].data() + begin, trace,
                            gradients[scale_].data() + begin, gradients[scale_ + 1].data() + begin);
  }
  for (double& d : drows) d = as_stored(storage_, d);
  for (std::int64_t g = 0; g < gates_; ++g) {
    const double* d = drows.data() + g * gate_.output_count();
    const std::int64_t kernel = (first_ + g) * gate_.kernel_count();
    gate_.backward_kernel(d, read(step, first_ + g, source).data(), gradients[kernel_].data() + kernel);
    if (dsource == nullptr) continue;
    Doubles dseen(size_of(gate_.input_count()));
    gate_.backward_data(d, step.parameters[kernel_].data() + kernel, dseen.data());
    for (std::int64_t e = 0; e < gate_.input_count(); ++e)
      dsource[e] += dseen[size_of(e)] * factor(step, first_ + g, e);
  }
}

void add_gates(Doubles& to, std::int64_t to_gate, const Doubles& from, std::int64_t from_gate,
               std::int64_t gates, const Grid& grid) {
  for (std::int64_t e = 0; e < gates * grid.block(); ++e)
    to[size_of(to_gate * grid.block() + e)] += from[size_of(from_gate * grid.block() + e)];
}

void add_bias(Doubles& to, std::int64_t to_gate, const Doubles& bias, std::int64_t from_gate,
              std::int64_t gates, const Grid& grid) {
  if (bias.empty()) return;
  for (std::int64_t e = 0; e < gates * grid.block(); ++e)
    to[size_of(to_gate * grid.block() + e)] += bias[size_of(from_gate * grid.channels + e / grid.area)];
}

void add_bias_gradient(Doubles& dbias, std::int64_t to_gate, const Doubles& drows, std::int64_t from_gate,
                       std::int64_t gates, const Grid& grid) {
  if (dbias.empty()) return;
  for (std::int64_t e = 0; e < gates * grid.block(); ++e)
    dbias[size_of(to_gate * grid.channels + e / grid.area)] += drows[size_of(from_gate * grid.block() + e)];
}

Doubles take_gates(const Doubles& rows, std::int64_t first, std::int64_t gates, const Grid& grid) {
  return {rows.begin() + first * grid.block(), rows.begin() + (first + gates) * grid.block()};
}

}  // namespace convlstm::cpu::reference
