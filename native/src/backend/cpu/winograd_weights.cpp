// The weights of winograd_fused: G w G^T of every kernel, in double.
#include <algorithm>
#include <string>
#include <vector>

#include "backend/cpu/winograd_fused.h"
#include "backend/cpu/winograd_matrices.h"
#include "cell/conv_lstm.h"

namespace convlstm::cpu {
namespace {

// A kernel of up to R x R taps, which becomes N x N points.
struct Filter {
  std::int64_t taps, side;
  std::vector<double> g;  // [point][tap]

  template <int M, int R>
  static Filter of() {
    static constexpr WinogradMatrices<M, R> matrices = winograd_matrices<M, R>();
    Filter filter{R, M + R - 1, {}};
    for (const auto& row : matrices.g) filter.g.insert(filter.g.end(), std::begin(row), std::end(row));
    return filter;
  }

  static Filter of(const WinogradPlan& plan) {
    if (plan.taps == 3) return plan.outputs == 2 ? of<2, 3>() : of<4, 3>();
    return plan.outputs == 2 ? of<2, 5>() : of<4, 5>();
  }

  // Smaller kernels sit in the middle of zeros.
  void transform(const float* kernel, const Size3& size, double* points) const {
    const std::int64_t top = (taps - size.h) / 2, left = (taps - size.w) / 2;
    std::vector<double> half(static_cast<std::size_t>(side * size.w));
    for (std::int64_t i = 0; i < side; ++i)
      for (std::int64_t x = 0; x < size.w; ++x) {
        double sum = 0;
        for (std::int64_t y = 0; y < size.h; ++y)
          sum += at(i, top + y) * static_cast<double>(kernel[y * size.w + x]);
        half[static_cast<std::size_t>(i * size.w + x)] = sum;
      }
    for (std::int64_t i = 0; i < side; ++i)
      for (std::int64_t j = 0; j < side; ++j) {
        double sum = 0;
        for (std::int64_t x = 0; x < size.w; ++x)
          sum += at(j, left + x) * half[static_cast<std::size_t>(i * size.w + x)];
        points[i * side + j] = sum;
      }
  }

  double at(std::int64_t point, std::int64_t tap) const {
    return g[static_cast<std::size_t>(point * taps + tap)];
  }
};

}  // namespace

void WinogradFused::transform_weights(const ParameterViews& parameters, Form& form) const {
  const std::int64_t F = desc_.hidden_channels, C = desc_.input_channels, used = F + C;
  const std::int64_t lanes = device_.kernels.lanes;
  const Filter filter = Filter::of(plan_);
  form.weights = AlignedBuffer(plan_.blocks * plan_.points * used * 4 * lanes);
  device_.pool.parallel_for(plan_.blocks * 4, [&](std::int64_t part) {
    const std::int64_t block = part / 4, gate = part % 4;
    std::vector<double> points(static_cast<std::size_t>(plan_.points));
    for (std::int64_t lane = 0; lane < std::min(lanes, F - block * lanes); ++lane)
      for (std::int64_t channel = 0; channel < used; ++channel) {
        const std::int64_t row = gate * F + block * lanes + lane;
        if (channel < F)
          filter.transform(
              parameters.data[kRecurrentKernel] + (row * F + channel) * desc_.recurrent_kernel.area(),
              desc_.recurrent_kernel, points.data());
        else
          filter.transform(
              parameters.data[kInputKernel] + (row * C + channel - F) * desc_.input.kernel.area(),
              desc_.input.kernel, points.data());
        for (std::int64_t point = 0; point < plan_.points; ++point)
          form.weights.data()[(((block * plan_.points + point) * used + channel) * 4 + gate) * lanes + lane] =
              static_cast<float>(points[static_cast<std::size_t>(point)]);
      }
  });
}

std::shared_ptr<const WinogradFused::Form> WinogradFused::form(const ParameterViews& parameters) const {
  const std::string key =
      std::string("winograd ") + device_.kernels.name + ' ' + std::to_string(plan_.outputs);
  return parameters.packed->get<Form>(key, parameters.version, [&] {
    const std::int64_t F = desc_.hidden_channels, lanes = device_.kernels.lanes;
    auto form = std::make_shared<Form>();
    transform_weights(parameters, *form);
    form->bias = AlignedBuffer(plan_.blocks * 4 * lanes);
    form->peephole = AlignedBuffer(plan_.blocks * 3 * lanes);
    const auto add = [&](const float* from, std::int64_t rows, AlignedBuffer& to) {
      for (std::int64_t row = 0; from != nullptr && row < rows; ++row)
        for (std::int64_t k = 0; k < F; ++k)
          to.data()[(k / lanes * rows + row) * lanes + k % lanes] += from[row * F + k];
    };
    add(parameters.data[kGateBias], 4, form->bias);
    add(parameters.data[kRecurrentBias], 4, form->bias);
    add(parameters.data[kPeephole], 3, form->peephole);
    for (std::int64_t k = 0; k < F; ++k)
      form->bias.data()[(k / lanes * 4 + conv_lstm::kF) * lanes + k % lanes] += desc_.forget_bias;
    return form;
  });
}

}  // namespace convlstm::cpu
