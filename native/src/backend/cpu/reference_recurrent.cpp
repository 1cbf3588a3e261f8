#include "backend/cpu/reference_recurrent.h"

#include <algorithm>

#include "backend/cpu/reference_gates.h"
#include "cell/cells.h"
#include "cell/parameters.h"

namespace convlstm::cpu::reference {
namespace {

std::unique_ptr<Cell> make_cell(const RecurrentDesc& desc, const Size3& input) {
  switch (desc.cell) {
    case CLN_CELL_CONV_GRU:
      return make_conv_gru(desc, input);
    case CLN_CELL_CONV_GRU_RESET_AFTER:
      return make_conv_gru_reset_after(desc, input);
    case CLN_CELL_ST_LSTM:
      return make_st_lstm(desc, input);
    case CLN_CELL_CONV_LSTM:
      break;
  }
  return make_conv_lstm(desc, input);
}

}  // namespace

Recurrent::Recurrent(const RecurrentDesc& desc, const InputShape& shape)
    : desc_(desc),
      shape_(shape),
      image_(grid_of(desc, shape.size).block()),
      block_(shape.batch * image_),
      parts_(traits_of(desc.cell).state_parts),
      cell_(make_cell(desc, shape.size)) {}

Parameters Recurrent::zeros() const {
  constexpr std::int32_t rank = 3;
  Parameters result;
  for (const ParameterShape& shape : parameters_of(desc_, rank, state_size(desc_, shape_.size)))
    result[shape.place].resize(size_of(shape.count));
  return result;
}

void Recurrent::forward(const Sequence& sequence, double* states, double* y) const {
  const Parameters parameters = as_read(sequence.parameters);
  for (std::int64_t t = 0; t < sequence.steps; ++t) {
    double* before = states + t * state_count();
    double* after = before + state_count();
    std::copy(before, before + state_count(), after);  // a masked step leaves the state as it is
    for (std::int64_t n = 0; n < shape_.batch; ++n) {
      const ConstState from = state_of<const double>(before, n);
      const State to = state_of(after, n);
      if (sequence.mask.is_active(t, n)) cell_->forward(step_of(sequence, parameters, t, n), from, to);
      const std::int64_t place = y_at(sequence, t, n);
      if (y == nullptr || place < 0) continue;
      for (std::int64_t e = 0; e < image_; ++e)
        y[place + e] = sequence.mask.does_emit(t, n) ? to[kHidden][e] : 0.0;
    }
  }
}

void Recurrent::backward(const Sequence& sequence, const double* states, const double* dy, double* dstate,
                         double* dx, Parameters& gradients) const {
  const Parameters parameters = as_read(sequence.parameters);
  for (std::int64_t t = sequence.steps - 1; t >= 0; --t)
    for (std::int64_t n = 0; n < shape_.batch; ++n) {
      const State d = state_of(dstate, n);
      const std::int64_t place = y_at(sequence, t, n);
      for (std::int64_t e = 0; e < image_ && dy != nullptr && place >= 0; ++e)
        if (sequence.mask.does_emit(t, n)) d[kHidden][e] += dy[place + e];
      if (!sequence.mask.is_active(t, n)) continue;  // d passes through
      double* step_dx = dx != nullptr ? dx + t * x_count() + n * (x_count() / shape_.batch) : nullptr;
      cell_->backward(step_of(sequence, parameters, t, n), state_of(states + t * state_count(), n), d,
                      step_dx, gradients);
    }
}

template <typename T>
std::array<T*, kMaxStateParts> Recurrent::state_of(T* state, std::int64_t n) const {
  std::array<T*, kMaxStateParts> result{};
  for (std::int64_t part = 0; part < parts_; ++part)
    result[size_of(part)] = state + part * block_ + n * image_;
  return result;
}

Parameters Recurrent::as_read(const Parameters& parameters) const {
  Parameters result = parameters;
  for (const std::size_t kernel :
       {kInputKernel, kRecurrentKernel, kMemoryKernel, kOutputKernel, kMixingKernel})
    for (double& v : result[kernel]) v = as_stored(desc_.storage, v);
  return result;
}

Step Recurrent::step_of(const Sequence& sequence, const Parameters& parameters, std::int64_t t,
                        std::int64_t n) const {
  const double* x = nullptr;
  if (!sequence.x.empty() && sequence.input.contains(t))
    x = sequence.x.data() + t * x_count() + n * (x_count() / shape_.batch);
  return {x, n, sequence.dropout, parameters};
}

std::int64_t Recurrent::y_at(const Sequence& sequence, std::int64_t t, std::int64_t n) const {
  if (desc_.output == CLN_OUTPUT_LAST) return t == sequence.steps - 1 ? n * image_ : -1;
  return t * block_ + n * image_;
}

}  // namespace convlstm::cpu::reference
