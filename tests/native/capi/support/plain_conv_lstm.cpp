#include "support/plain_conv_lstm.h"

#include <cmath>

namespace convlstm::test {
namespace {

double sigmoid(double v) {
  return 1 / (1 + std::exp(-v));
}

std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

}  // namespace

std::vector<double> PlainConvLstm::run(std::int64_t steps, const std::vector<float>& x,
                                       std::vector<double>& h, std::vector<double>& c) const {
  const std::int64_t area = H * W;
  std::vector<double> y;
  for (std::int64_t t = 0; t < steps; ++t) {
    std::vector<double> new_h(h.size()), new_c(c.size());
    for (std::int64_t f = 0; f < F; ++f) {
      for (std::int64_t row = 0; row < H; ++row) {
        for (std::int64_t column = 0; column < W; ++column) {
          double pre[4];
          for (std::int64_t gate = 0; gate < 4; ++gate) {
            const std::int64_t out = gate * F + f;
            pre[gate] = bias.empty() ? 0 : static_cast<double>(bias[at(out)]);
            if (C > 0)
              pre[gate] += correlate(x.data() + t * C * area, input_kernel.data() + out * C * kx_h * kx_w, C,
                                     H, W, kx_h, kx_w, row, column);
            pre[gate] += correlate(h.data(), recurrent_kernel.data() + out * F * kh_h * kh_w, F, H, W, kh_h,
                                   kh_w, row, column);
          }
          const auto peep = [&](std::int64_t gate) {
            return peephole.empty() ? 0.0 : static_cast<double>(peephole[at(gate * F + f)]);
          };
          const std::size_t here = at(f * area + row * W + column);
          const double i = sigmoid(pre[0] + peep(0) * c[here]);
          const double forget = sigmoid(pre[1] + peep(1) * c[here] + forget_bias);
          new_c[here] = forget * c[here] + i * std::tanh(pre[2]);
          const double o = sigmoid(pre[3] + peep(2) * new_c[here]);
          new_h[here] = o * std::tanh(new_c[here]);
        }
      }
    }
    h = new_h;
    c = new_c;
    y.insert(y.end(), h.begin(), h.end());
  }
  return y;
}

}  // namespace convlstm::test
