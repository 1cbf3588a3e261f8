// Where the kernel elements of a convolution look: output pixel p, element k see input pixel
// stride * p + dilation * k - before.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cell/layer_desc.h"

namespace convlstm {

// One spatial dimension.
struct Axis {
  std::int64_t input = 1, output = 1;  // sizes; output below 1: the kernel does not fit
  std::int64_t kernel = 1, stride = 1, dilation = 1, before = 0;
};

struct Axes {
  Axis d, h, w;
  Size3 output() const { return {h.output, w.output, d.output}; }
};

namespace detail {

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

constexpr Axis make_axis(cln_padding padding, std::int64_t input, std::int64_t kernel, std::int64_t stride,
                         std::int64_t dilation, std::int64_t before, std::int64_t after) {
  Axis axis{input, 0, kernel, stride, dilation, 0};
  const std::int64_t reach = dilation * (kernel - 1);  // pixels from the first to the last element
  std::int64_t total = 0;
  switch (padding) {
    case CLN_PADDING_SAME_TENSORFLOW:
      total = std::max<std::int64_t>((ceil_div(input, stride) - 1) * stride + reach + 1 - input, 0);
      axis.before = total / 2;
      break;
    case CLN_PADDING_SAME_PYTORCH:
      total = reach;
      axis.before = total / 2;
      break;
    case CLN_PADDING_VALID:
      break;
    case CLN_PADDING_EXPLICIT:
      axis.before = before;
      total = before + after;
      break;
  }
  const std::int64_t room = input + total - reach - 1;
  axis.output = room < 0 ? 0 : room / stride + 1;
  return axis;
}

}  // namespace detail

// Of the input convolution over an input of these sizes.
constexpr Axes axes_of(const InputConvolution& c, const Size3& in) {
  const auto axis = [&](std::int64_t Size3::*m) {
    return detail::make_axis(c.padding, in.*m, c.kernel.*m, c.stride.*m, c.dilation.*m, c.before.*m,
                             c.after.*m);
  };
  return {axis(&Size3::d), axis(&Size3::h), axis(&Size3::w)};
}

// Of a convolution of stride 1 that keeps the sizes: (K - 1) * dilation / 2 rounded down before, the rest
// after.
constexpr Axes same_axes(const Size3& kernel, const Size3& dilation, const Size3& size) {
  const auto axis = [&](std::int64_t Size3::*m) {
    return detail::make_axis(CLN_PADDING_SAME_PYTORCH, size.*m, kernel.*m, 1, dilation.*m, 0, 0);
  };
  return {axis(&Size3::d), axis(&Size3::h), axis(&Size3::w)};
}

// The grid of the states, and of y: what the input convolution gives; without one, the sizes themselves.
constexpr Size3 state_size(const RecurrentDesc& desc, const Size3& input) {
  return desc.input_channels > 0 ? axes_of(desc.input, input).output() : input;
}

}  // namespace convlstm
