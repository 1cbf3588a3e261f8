// A convolution layer y = W*x + b.
#include "backend/cpu/reference_executor.h"
#include "backend/cpu/reference_frames.h"

namespace convlstm::cpu::reference {
namespace {

class ConvolutionExecutor final : public Executor {
 public:
  ConvolutionExecutor(const ConvDesc& desc, const InputShape& shape)
      : batch_(shape.batch),
        x_{desc.input_channels, shape.size.area()},
        y_{desc.output_channels, shape.size.area()},
        maths_{same_axes(desc.kernel, Size3{1, 1}, shape.size), desc.input_channels, desc.output_channels} {}

  const char* name() const override { return "reference"; }
  ExecutorPlan plan(std::int64_t) const override { return equations_plan(); }
  std::size_t workspace_bytes() const override { return 0; }
  std::size_t reserve_bytes(std::int64_t) const override { return 0; }

  void forward(const ForwardCall& call) override {
    const Doubles kernel = kernel_of(call);
    Doubles bias(size_of(y_.channels)), x(size_of(batch_ * x_.count()));
    widen(call.parameters[0].data[kBias], y_.channels, bias.data());
    for (std::int64_t t = 0; t < call.steps; ++t) {
      widen_step(call.x, t, batch_, x_, x.data());
      Doubles y;
      for (std::int64_t e = 0; e < batch_ * y_.count(); ++e) y.push_back(bias[channel_of(e)]);
      for (std::int64_t n = 0; n < batch_; ++n)
        maths_.forward(x.data() + n * x_.count(), kernel.data(), y.data() + n * y_.count());
      narrow_step(y.data(), call.y, t, batch_, y_);
    }
  }

  void backward(const BackwardCall& call) override {
    const Doubles kernel = kernel_of(call);
    Doubles x(size_of(batch_ * x_.count())), dy(size_of(batch_ * y_.count()));
    Doubles dkernel(kernel.size()), dbias(size_of(y_.channels));
    for (std::int64_t t = 0; t < call.steps; ++t) {
      Doubles dx(x.size());
      if (call.dy.data != nullptr) {
        widen_step(call.x, t, batch_, x_, x.data());
        widen_step(call.dy, t, batch_, y_, dy.data());
        for (std::int64_t n = 0; n < batch_; ++n) {
          const double* image_dy = dy.data() + n * y_.count();
          maths_.backward_data(image_dy, kernel.data(), dx.data() + n * x_.count());
          maths_.backward_kernel(image_dy, x.data() + n * x_.count(), dkernel.data());
        }
        for (std::int64_t e = 0; e < batch_ * y_.count(); ++e) dbias[channel_of(e)] += dy[size_of(e)];
      }
      if (call.dx.data != nullptr) narrow_step(dx.data(), call.dx, t, batch_, x_);
    }
    add_narrow(dkernel, call.gradients[0][kKernel]);
    add_narrow(dbias, call.gradients[0][kBias]);
  }

 private:
  Doubles kernel_of(const SequenceCall& call) const {
    Doubles kernel(size_of(maths_.kernel_count()));
    widen(call.parameters[0].data[kKernel], maths_.kernel_count(), kernel.data());
    return kernel;
  }
  // Of an element of y (N, O, pixels).
  std::size_t channel_of(std::int64_t element) const { return size_of(element / y_.area % y_.channels); }

  std::int64_t batch_;
  ImageShape x_, y_;
  Correlation maths_;
};

}  // namespace

std::unique_ptr<Executor> make_convolution(const ConvDesc& desc, const InputShape& shape) {
  return std::make_unique<ConvolutionExecutor>(desc, shape);
}

}  // namespace convlstm::cpu::reference
