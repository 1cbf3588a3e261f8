#include "backend/cpu/reference_math.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace convlstm::cpu::reference {

template <typename Visit>
void Correlation::for_each_product(const Visit& visit) const {
  const std::int64_t top = (kernel.h - 1) / 2, left = (kernel.w - 1) / 2;
  for (std::int64_t n = 0; n < batch; ++n)
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t i = 0; i < inputs; ++i)
        for (std::int64_t ky = 0; ky < kernel.h; ++ky)
          for (std::int64_t kx = 0; kx < kernel.w; ++kx) {
            const std::int64_t w = ((o * inputs + i) * kernel.h + ky) * kernel.w + kx;
            for (std::int64_t row = 0; row < size.h; ++row) {
              const std::int64_t x_row = row + ky - top;
              if (x_row < 0 || x_row >= size.h) continue;
              const std::int64_t first = std::max<std::int64_t>(0, left - kx);
              const std::int64_t last = std::min(size.w, size.w + left - kx);
              for (std::int64_t column = first; column < last; ++column)
                visit(((n * inputs + i) * size.h + x_row) * size.w + column + kx - left, w,
                      ((n * outputs + o) * size.h + row) * size.w + column);
            }
          }
}

void Correlation::forward(const double* x, const double* w, double* y) const {
  for_each_product([&](std::int64_t xi, std::int64_t wi, std::int64_t yi) { y[yi] += w[wi] * x[xi]; });
}

void Correlation::backward_data(const double* dy, const double* w, double* dx) const {
  for_each_product([&](std::int64_t xi, std::int64_t wi, std::int64_t yi) { dx[xi] += w[wi] * dy[yi]; });
}

void Correlation::backward_kernel(const double* dy, const double* x, double* dw) const {
  for_each_product([&](std::int64_t xi, std::int64_t wi, std::int64_t yi) { dw[wi] += x[xi] * dy[yi]; });
}

Trace Trace::over(double* memory, std::int64_t steps, std::int64_t state) {
  return {memory, memory + (steps + 1) * state, memory + 2 * (steps + 1) * state};
}

Recurrent::Recurrent(const RecurrentDesc& desc, const InputShape& shape)
    : desc_(desc),
      batch_(shape.batch),
      area_(shape.size.area()),
      hidden_(desc.hidden_channels),
      state_(batch_ * hidden_ * area_),
      input_{batch_, desc.input_channels, 4 * hidden_, shape.size, desc.input.kernel},
      recurrent_{batch_, hidden_, 4 * hidden_, shape.size, desc.recurrent_kernel} {}

namespace {

double sigmoid(double v) {
  return 1.0 / (1.0 + std::exp(-v));
}

// The numbers of a hard sigmoid, v * slope + 1/2 cut off at 0 and 1.
double hard_slope(cln_gate_activation kind) {
  return kind == CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2 ? 0.2 : 1.0 / 6.0;
}

double gate(cln_gate_activation kind, double v) {
  if (kind == CLN_GATE_ACTIVATION_SIGMOID) return sigmoid(v);
  return std::min(std::max(v * hard_slope(kind) + 0.5, 0.0), 1.0);
}

double gate_slope(cln_gate_activation kind, double activated) {
  if (kind == CLN_GATE_ACTIVATION_SIGMOID) return activated * (1 - activated);
  return activated > 0 && activated < 1 ? hard_slope(kind) : 0.0;
}

double cell(cln_cell_activation kind, double v) {
  switch (kind) {
    case CLN_CELL_ACTIVATION_TANH:
      return std::tanh(v);
    case CLN_CELL_ACTIVATION_RELU:
      return std::max(v, 0.0);
    case CLN_CELL_ACTIVATION_SIGMOID:
      return sigmoid(v);
    case CLN_CELL_ACTIVATION_LINEAR:
      break;
  }
  return v;
}

double cell_slope(cln_cell_activation kind, double activated) {
  switch (kind) {
    case CLN_CELL_ACTIVATION_TANH:
      return 1 - activated * activated;
    case CLN_CELL_ACTIVATION_RELU:
      return activated > 0 ? 1.0 : 0.0;
    case CLN_CELL_ACTIVATION_SIGMOID:
      return activated * (1 - activated);
    case CLN_CELL_ACTIVATION_LINEAR:
      break;
  }
  return 1.0;
}

double clip(double limit, double c) {
  return limit > 0 ? std::min(std::max(c, -limit), limit) : c;
}

double value(const double* array, std::int64_t index) {
  return array != nullptr ? array[index] : 0.0;
}

}  // namespace

void Recurrent::forward(std::int64_t steps, const double* x, const RecurrentParameters& p,
                        const Trace& trace) const {
  const std::int64_t F = hidden_;
  const auto gates_are = desc_.gate_activation;
  const auto cell_is = desc_.cell_activation;
  const double limit = desc_.cell_clip;
  std::vector<double> pre(static_cast<std::size_t>(4 * state_));
  for (std::int64_t t = 0; t < steps; ++t) {
    const double* h_before = trace.h + t * state_;
    const double* c_before = trace.c + t * state_;
    double* h = trace.h + (t + 1) * state_;
    double* c = trace.c + (t + 1) * state_;
    double* gates = trace.gates + t * 4 * state_;
    std::fill(pre.begin(), pre.end(), 0.0);
    if (x != nullptr)
      input_.forward(x + t * batch_ * desc_.input_channels * area_, p.input_kernel, pre.data());
    recurrent_.forward(h_before, p.recurrent_kernel, pre.data());
    for (std::int64_t n = 0; n < batch_; ++n)
      for (std::int64_t k = 0; k < F; ++k)
        for (std::int64_t a = 0; a < area_; ++a) {
          const auto z = [&](std::int64_t row) {
            return pre[static_cast<std::size_t>(((n * 4 + row) * F + k) * area_ + a)] +
                   value(p.bias, row * F + k) + value(p.recurrent_bias, row * F + k);
          };
          const std::int64_t s = (n * F + k) * area_ + a;
          const double i = gate(gates_are, z(0) + value(p.peephole, k) * c_before[s]);
          const double f = gate(gates_are, z(1) + value(p.peephole, F + k) * c_before[s] + desc_.forget_bias);
          const double g = cell(cell_is, z(2));
          c[s] = clip(limit, f * c_before[s] + i * g);
          const double o = gate(gates_are, z(3) + value(p.peephole, 2 * F + k) * c[s]);
          h[s] = o * cell(cell_is, c[s]);
          gates[s] = i;
          gates[state_ + s] = f;
          gates[2 * state_ + s] = g;
          gates[3 * state_ + s] = o;
        }
  }
}

void Recurrent::backward(std::int64_t steps, const double* x, const RecurrentParameters& p,
                         const Trace& trace, const double* dy, double* dh, double* dc, double* dx,
                         const RecurrentGradients& grad) const {
  const std::int64_t F = hidden_, inputs = batch_ * desc_.input_channels * area_;
  const auto gates_are = desc_.gate_activation;
  const auto cell_is = desc_.cell_activation;
  const double limit = desc_.cell_clip;
  std::vector<double> dpre(static_cast<std::size_t>(4 * state_));
  const auto add = [](double* array, std::int64_t index, double v) {
    if (array != nullptr) array[index] += v;
  };
  if (dx != nullptr) std::fill(dx, dx + steps * inputs, 0.0);
  for (std::int64_t t = steps - 1; t >= 0; --t) {
    const double* h_before = trace.h + t * state_;
    const double* c_before = trace.c + t * state_;
    const double* c = trace.c + (t + 1) * state_;
    const double* gates = trace.gates + t * 4 * state_;
    for (std::int64_t n = 0; n < batch_; ++n)
      for (std::int64_t k = 0; k < F; ++k)
        for (std::int64_t a = 0; a < area_; ++a) {
          const std::int64_t s = (n * F + k) * area_ + a;
          const double i = gates[s], f = gates[state_ + s], g = gates[2 * state_ + s];
          const double o = gates[3 * state_ + s], cell_c = cell(cell_is, c[s]);
          const double dh_all = dh[s] + value(dy, t * state_ + s);
          const double dz_o = dh_all * cell_c * gate_slope(gates_are, o);
          const bool passes = limit == 0 || std::fabs(c[s]) < limit;
          const double dc_all =
              passes ? dc[s] + dh_all * o * cell_slope(cell_is, cell_c) + dz_o * value(p.peephole, 2 * F + k)
                     : 0.0;
          const double dz_i = dc_all * g * gate_slope(gates_are, i);
          const double dz_f = dc_all * c_before[s] * gate_slope(gates_are, f);
          const double dz_g = dc_all * i * cell_slope(cell_is, g);
          dc[s] = dc_all * f + dz_i * value(p.peephole, k) + dz_f * value(p.peephole, F + k);
          add(grad.peephole, k, dz_i * c_before[s]);
          add(grad.peephole, F + k, dz_f * c_before[s]);
          add(grad.peephole, 2 * F + k, dz_o * c[s]);
          const double dz[4] = {dz_i, dz_f, dz_g, dz_o};
          for (std::int64_t row = 0; row < 4; ++row) {
            add(grad.bias, row * F + k, dz[row]);
            add(grad.recurrent_bias, row * F + k, dz[row]);
            dpre[static_cast<std::size_t>(((n * 4 + row) * F + k) * area_ + a)] = dz[row];
          }
        }
    std::fill(dh, dh + state_, 0.0);
    recurrent_.backward_data(dpre.data(), p.recurrent_kernel, dh);
    if (grad.recurrent_kernel != nullptr)
      recurrent_.backward_kernel(dpre.data(), h_before, grad.recurrent_kernel);
    if (x == nullptr) continue;
    if (dx != nullptr) input_.backward_data(dpre.data(), p.input_kernel, dx + t * inputs);
    if (grad.input_kernel != nullptr) input_.backward_kernel(dpre.data(), x + t * inputs, grad.input_kernel);
  }
}

}  // namespace convlstm::cpu::reference
