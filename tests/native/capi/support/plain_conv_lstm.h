// ConvLSTM as the paper writes it, in double loops over one sequence: what the library is compared with.
#pragma once

#include <cstdint>
#include <vector>

namespace convlstm::test {

struct PlainConvLstm {
  std::int64_t C = 1, F = 1, H = 1, W = 1;
  std::int64_t kx_h = 3, kx_w = 3, kh_h = 3, kh_w = 3;
  double forget_bias = 0;
  // As the library has them; empty where the layer has none.
  std::vector<float> input_kernel, recurrent_kernel, bias, peephole;

  // Runs (T, C, H, W) from the states h and c, each (F, H, W), which become the last ones. Gives (T, F, H,
  // W).
  std::vector<double> run(std::int64_t steps, const std::vector<float>& x, std::vector<double>& h,
                          std::vector<double>& c) const;
};

// The sum of one output element of a cross-correlation with `channels` input images at `image`.
template <typename T>
double correlate(const T* image, const float* kernel, std::int64_t channels, std::int64_t H, std::int64_t W,
                 std::int64_t kernel_h, std::int64_t kernel_w, std::int64_t row, std::int64_t column) {
  double sum = 0;
  for (std::int64_t ch = 0; ch < channels; ++ch)
    for (std::int64_t i = 0; i < kernel_h; ++i)
      for (std::int64_t j = 0; j < kernel_w; ++j) {
        const std::int64_t r = row + i - (kernel_h - 1) / 2, q = column + j - (kernel_w - 1) / 2;
        if (r < 0 || r >= H || q < 0 || q >= W) continue;
        sum += static_cast<double>(image[(ch * H + r) * W + q]) *
               static_cast<double>(kernel[(ch * kernel_h + i) * kernel_w + j]);
      }
  return sum;
}

}  // namespace convlstm::test
