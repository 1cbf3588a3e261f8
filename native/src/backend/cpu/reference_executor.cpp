#include "backend/cpu/reference_executor.h"

#include <algorithm>
#include <vector>

#include "backend/cpu/reference_math.h"

namespace convlstm::cpu {
namespace {

using Doubles = std::vector<double>;

std::size_t size_of(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

// Images: `count` channels of `area` pixels.
struct Image {
  std::int64_t count, area;
};

// The images of a sequence as one dense array (steps, batch, channels, pixels); empty where the layer has no
// such images.
Doubles gather(const Frames<const float>& frames, std::int64_t steps, std::int64_t batch, Image image) {
  if (frames.data == nullptr) return {};
  Doubles dense;
  dense.reserve(size_of(steps * batch * image.count * image.area));
  for (std::int64_t t = 0; t < steps; ++t)
    for (std::int64_t n = 0; n < batch; ++n)
      for (std::int64_t k = 0; k < image.count; ++k)
        for (std::int64_t a = 0; a < image.area; ++a)
          dense.push_back(frames.plane(t, n, k, image.area)[a * frames.pixel_stride]);
  return dense;
}

void scatter(const double* dense, const Frames<float>& frames, std::int64_t steps, std::int64_t batch,
             Image image) {
  for (std::int64_t t = 0; t < steps; ++t)
    for (std::int64_t n = 0; n < batch; ++n)
      for (std::int64_t k = 0; k < image.count; ++k)
        for (std::int64_t a = 0; a < image.area; ++a)
          frames.plane(t, n, k, image.area)[a * frames.pixel_stride] = static_cast<float>(*dense++);
}

Doubles widen(const float* data, std::int64_t count) {
  return data != nullptr ? Doubles(data, data + count) : Doubles();
}

void narrow(const double* from, std::int64_t count, float* to) {
  if (to != nullptr) std::transform(from, from + count, to, [](double v) { return static_cast<float>(v); });
}

void add_narrow(const Doubles& from, float* to) {
  if (to != nullptr)
    std::transform(from.begin(), from.end(), to, to,
                   [](double v, float sum) { return static_cast<float>(sum + v); });
}

const double* or_null(const Doubles& array) {
  return array.empty() ? nullptr : array.data();
}
double* or_null(Doubles& array) {
  return array.empty() ? nullptr : array.data();
}

class ReferenceRecurrent final : public Executor {
 public:
  ReferenceRecurrent(const RecurrentDesc& desc, const InputShape& shape)
      : desc_(desc), shape_(shape), maths_(desc, shape), state_(maths_.state_count()) {}

  const char* name() const override { return "reference"; }
  std::size_t workspace_bytes() const override { return 0; }  // it lives for the length of a call

  std::size_t reserve_bytes(std::int64_t steps) const override {
    return size_of(reference::Trace::count(steps, state_)) * sizeof(double);
  }

  void forward(const ForwardCall& call) override {
    const std::int64_t batch = shape_.batch;
    const Image image{desc_.hidden_channels, shape_.size.area()};
    Doubles own_trace;
    if (call.reserve == nullptr) own_trace.resize(size_of(reference::Trace::count(call.steps, state_)));
    double* memory = call.reserve != nullptr ? static_cast<double*>(call.reserve) : own_trace.data();
    const reference::Trace trace = reference::Trace::over(memory, call.steps, state_);
    load_state(part_of(call.initial, kHidden), trace.h);
    load_state(part_of(call.initial, kCell), trace.c);

    const Doubles x = gather(call.x, call.steps, batch, {desc_.input_channels, shape_.size.area()});
    const Parameters p = load_parameters(call.parameters[0]);
    maths_.forward(call.steps, or_null(x), p.views(), trace);

    const double* last = trace.h + call.steps * state_;
    if (desc_.output == CLN_OUTPUT_LAST)
      scatter(last, call.y, 1, batch, image);
    else
      scatter(trace.h + state_, call.y, call.steps, batch, image);
    narrow(last, state_, part_of(call.final, kHidden));
    narrow(trace.c + call.steps * state_, state_, part_of(call.final, kCell));
  }

  void backward(const BackwardCall& call) override {
    const std::int64_t batch = shape_.batch;
    const Image image{desc_.hidden_channels, shape_.size.area()};
    const Image x_image{desc_.input_channels, shape_.size.area()};
    double* memory = static_cast<double*>(const_cast<void*>(call.reserve));  // only read from here on
    const reference::Trace trace = reference::Trace::over(memory, call.steps, state_);
    const Doubles x = gather(call.x, call.steps, batch, x_image);
    const Parameters p = load_parameters(call.parameters[0]);
    Doubles dy;
    if (call.dy.data != nullptr && desc_.output == CLN_OUTPUT_LAST) {
      dy = gather(call.dy, 1, batch, image);
      dy.insert(dy.begin(), size_of((call.steps - 1) * state_), 0.0);
    } else {
      dy = gather(call.dy, call.steps, batch, image);
    }
    Doubles dh(size_of(state_)), dc(size_of(state_)), dx(call.dx.data != nullptr ? x.size() : 0);
    load_state(part_of(call.dfinal, kHidden), dh.data());
    load_state(part_of(call.dfinal, kCell), dc.data());
    Parameters gradients = p;
    for (Doubles* gradient : gradients.all()) std::fill(gradient->begin(), gradient->end(), 0.0);

    maths_.backward(
        call.steps, or_null(x), p.views(), trace, or_null(dy), dh.data(), dc.data(), or_null(dx),
        {or_null(gradients.input_kernel), or_null(gradients.recurrent_kernel), or_null(gradients.bias),
         or_null(gradients.peephole), or_null(gradients.recurrent_bias)});

    narrow(dh.data(), state_, part_of(call.dinitial, kHidden));
    narrow(dc.data(), state_, part_of(call.dinitial, kCell));
    if (!dx.empty()) scatter(dx.data(), call.dx, call.steps, batch, x_image);
    const auto all = gradients.all();
    constexpr std::array places{kInputKernel, kRecurrentKernel, kGateBias, kPeephole, kRecurrentBias};
    for (std::size_t k = 0; k < all.size(); ++k) add_narrow(*all[k], call.gradients[0][places[k]]);
  }

 private:
  struct Parameters {
    Doubles input_kernel, recurrent_kernel, bias, peephole, recurrent_bias;
    reference::RecurrentParameters views() const {
      return {or_null(input_kernel), or_null(recurrent_kernel), or_null(bias), or_null(peephole),
              or_null(recurrent_bias)};
    }
    std::array<Doubles*, 5> all() {
      return {&input_kernel, &recurrent_kernel, &bias, &peephole, &recurrent_bias};
    }
  };

  Parameters load_parameters(const ParameterViews& views) const {
    const std::int64_t F = desc_.hidden_channels;
    return {widen(views.data[kInputKernel], 4 * F * desc_.input_channels * desc_.input.kernel.area()),
            widen(views.data[kRecurrentKernel], 4 * F * F * desc_.recurrent_kernel.area()),
            widen(views.data[kGateBias], 4 * F), widen(views.data[kPeephole], 3 * F),
            widen(views.data[kRecurrentBias], 4 * F)};
  }

  void load_state(const float* from, double* to) const {
    if (from != nullptr)
      std::copy(from, from + state_, to);
    else
      std::fill(to, to + state_, 0.0);
  }

  RecurrentDesc desc_;
  InputShape shape_;
  reference::Recurrent maths_;
  std::int64_t state_;
};

class ReferenceConv final : public Executor {
 public:
  ReferenceConv(const ConvDesc& desc, const InputShape& shape)
      : desc_(desc),
        batch_(shape.batch),
        area_(shape.size.area()),
        maths_{shape.batch, desc.input_channels, desc.output_channels, shape.size, desc.kernel} {}

  const char* name() const override { return "reference"; }
  std::size_t workspace_bytes() const override { return 0; }
  std::size_t reserve_bytes(std::int64_t) const override { return 0; }

  void forward(const ForwardCall& call) override {
    const std::int64_t outputs = desc_.output_channels;
    const Doubles kernel = load_kernel(call.parameters[0]);
    const Doubles bias = widen(call.parameters[0].data[kBias], outputs);
    for (std::int64_t t = 0; t < call.steps; ++t) {
      const Doubles x = gather(step_of(call.x, t), 1, batch_, {desc_.input_channels, area_});
      Doubles y(size_of(batch_ * outputs * area_));
      if (!bias.empty())
        for (std::size_t k = 0; k < y.size(); ++k) y[k] = bias[k / size_of(area_) % size_of(outputs)];
      maths_.forward(x.data(), kernel.data(), y.data());
      scatter(y.data(), step_of(call.y, t), 1, batch_, {outputs, area_});
    }
  }

  void backward(const BackwardCall& call) override {
    const std::int64_t inputs = desc_.input_channels, outputs = desc_.output_channels;
    const Doubles kernel = load_kernel(call.parameters[0]);
    Doubles dkernel(kernel.size()), dbias(size_of(outputs));
    for (std::int64_t t = 0; t < call.steps; ++t) {
      Doubles dx(size_of(batch_ * inputs * area_));
      if (call.dy.data != nullptr) {
        const Doubles x = gather(step_of(call.x, t), 1, batch_, {inputs, area_});
        const Doubles dy = gather(step_of(call.dy, t), 1, batch_, {outputs, area_});
        maths_.backward_data(dy.data(), kernel.data(), dx.data());
        maths_.backward_kernel(dy.data(), x.data(), dkernel.data());
        for (std::size_t k = 0; k < dy.size(); ++k) dbias[k / size_of(area_) % size_of(outputs)] += dy[k];
      }
      if (call.dx.data != nullptr) scatter(dx.data(), step_of(call.dx, t), 1, batch_, {inputs, area_});
    }
    add_narrow(dkernel, call.gradients[0][kKernel]);
    add_narrow(dbias, call.gradients[0][kBias]);
  }

 private:
  template <typename T>
  static Frames<T> step_of(const Frames<T>& frames, std::int64_t t) {
    return {frames.image(t, 0), frames.step_stride, frames.batch_stride, frames.pixel_stride};
  }

  Doubles load_kernel(const ParameterViews& views) const {
    return widen(views.data[kKernel], desc_.output_channels * desc_.input_channels * desc_.kernel.area());
  }

  ConvDesc desc_;
  std::int64_t batch_, area_;
  reference::Correlation maths_;
};

}  // namespace

std::unique_ptr<Executor> make_reference_executor(CpuDevice&, const LayerDesc& desc,
                                                  const InputShape& shape) {
  if (const auto* recurrent = std::get_if<RecurrentDesc>(&desc))
    return std::make_unique<ReferenceRecurrent>(*recurrent, shape);
  return std::make_unique<ReferenceConv>(std::get<ConvDesc>(desc), shape);
}

}  // namespace convlstm::cpu
