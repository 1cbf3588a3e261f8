#include "backend/cuda/convolution.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "backend/cuda/convolution_graph.h"
#include "backend/cuda/cudnn_plan.h"
#include "backend/cuda/element.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

constexpr std::array<std::int64_t, 3> kIds{kImageId, kKernelId, kOutputId};

std::size_t round_up(std::size_t bytes) {
  return (bytes + 255) / 256 * 256;
}

void check_shape(const ConvolutionShape& shape, Element element) {
  const std::int64_t multiple = channel_multiple(element);
  if (shape.rank != 2 && shape.rank != 3)
    fail(CLN_INVALID_ARGUMENT, "convolution: expected rank 2 or 3, got ", shape.rank);
  for (const std::int64_t channels : {shape.input_channels, shape.output_channels})
    if (channels <= 0 || channels % multiple != 0)
      fail(CLN_INVALID_ARGUMENT, "convolution: expected channels in multiples of ", multiple, ", got ",
           channels);
  (void)padding_after(shape);
}

EngineRules rules_of(const Precision& precision) {
  return {.allows_tensor_cores = precision.element != Element::kFloat32 || precision.allows_tf32,
          .allows_nondeterminism = !precision.is_deterministic,
          .allows_transforms = precision.allows_transforms};
}

}  // namespace

std::int64_t channel_multiple(Element element) {
  return static_cast<std::int64_t>(16 / bytes_of(element));  // so that every pixel starts at 16 bytes
}

class Convolution::Operations {
 public:
  Operations(CudnnHandle& cudnn, const ConvolutionShape& shape, const Precision& precision,
             const ConvolutionUses& uses)
      : cudnn_(cudnn), shape_(shape), precision_(precision) {
    check_shape(shape, precision.element);
    if (uses.forward) plan(ConvolutionOperation::kForward);
    if (uses.data_gradient) plan(ConvolutionOperation::kDataGradient);
    if (uses.kernel_gradient) plan(ConvolutionOperation::kKernelGradient);
    // For whoever wonders where the time goes.
    if (std::getenv("CLN_CUDA_PLANS") != nullptr)
      std::fprintf(stderr, "convolution of %s in %s:\n%s", describe(shape).c_str(),
                   name_of(precision.element), text().c_str());
  }

  std::size_t workspace_bytes() const {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < plans_.size(); ++i)
      if (plans_[i]) bytes = std::max(bytes, plans_[i]->workspace_bytes());
    if (narrow_gradient_) bytes = std::max(bytes, narrow_offset() + gradient_bytes());
    return bytes;
  }

  std::string text() const {
    std::string lines;
    for (const auto operation : {ConvolutionOperation::kForward, ConvolutionOperation::kDataGradient,
                                 ConvolutionOperation::kKernelGradient})
      if (const auto& plan = plans_[static_cast<std::size_t>(operation)])
        lines +=
            std::string(name_of(operation)) + ": " + plan->text() +
            (operation == ConvolutionOperation::kKernelGradient && narrow_gradient_ ? ", cast to float32\n"
                                                                                    : "\n");
    return lines;
  }

  void run(ConvolutionOperation operation, const void* image, const void* kernel, const void* output,
           void* workspace) {
    const auto& plan = plans_[static_cast<std::size_t>(operation)];
    if (!plan) fail(CLN_INTERNAL_ERROR, "convolution: not made ready for its ", name_of(operation));
    // cuDNN writes one of the three; its interface does not tell them apart.
    const std::array<void*, 3> pointers{const_cast<void*>(image), const_cast<void*>(kernel),
                                        const_cast<void*>(output)};
    plan->execute(cudnn_, kIds, pointers, workspace);
  }

  void kernel_gradient(const void* x, const void* dy, float* dkernel, void* workspace) {
    if (!narrow_gradient_) {
      run(ConvolutionOperation::kKernelGradient, x, dkernel, dy, workspace);
      return;
    }
    void* narrow = static_cast<std::byte*>(workspace) + narrow_offset();
    run(ConvolutionOperation::kKernelGradient, x, narrow, dy, workspace);
    widen(cudnn_.stream(), narrow, precision_.element, dkernel, gradient_count());
  }

 private:
  void plan(ConvolutionOperation operation) {
    const bool is_kernel = operation == ConvolutionOperation::kKernelGradient;
    std::string why;
    if (plan(operation, is_kernel ? Element::kFloat32 : precision_.element, why)) return;
    // Few engines write float32 from elements of 16 bits: a gradient in 16 bits is the next best.
    if (is_kernel && precision_.element != Element::kFloat32) {
      narrow_gradient_ = true;
      if (plan(operation, precision_.element, why)) return;
    }
    fail(CLN_UNSUPPORTED, "convolution: cuDNN ", cudnn_.library().version(), " has no engine for the ",
         name_of(operation), " of ", describe(shape_), " in ", name_of(precision_.element), ": ", why);
  }
  bool plan(ConvolutionOperation operation, Element result, std::string& why) {
    CudnnDescriptor graph = make_graph(cudnn_, shape_, operation, precision_.element, result);
    auto& plan = plans_[static_cast<std::size_t>(operation)];
    plan = choose_plan(cudnn_, graph, rules_of(precision_), why);
    return plan.has_value();
  }

  std::int64_t gradient_count() const {
    return shape_.output_channels * shape_.kernel.area() * shape_.input_channels;
  }
  std::size_t gradient_bytes() const {
    return static_cast<std::size_t>(gradient_count()) * bytes_of(precision_.element);
  }
  // The gradient in 16 bits lies behind what its engine works with.
  std::size_t narrow_offset() const {
    return round_up(
        plans_[static_cast<std::size_t>(ConvolutionOperation::kKernelGradient)]->workspace_bytes());
  }

  CudnnHandle& cudnn_;
  ConvolutionShape shape_;
  Precision precision_;
  std::array<std::optional<CudnnPlan>, 3> plans_;
  bool narrow_gradient_ = false;
};

Convolution::Convolution(CudnnHandle& cudnn, const ConvolutionShape& shape, const Precision& precision,
                         const ConvolutionUses& uses)
    : operations_(std::make_unique<Operations>(cudnn, shape, precision, uses)) {}
Convolution::~Convolution() = default;
Convolution::Convolution(Convolution&&) noexcept = default;
Convolution& Convolution::operator=(Convolution&&) noexcept = default;

std::size_t Convolution::workspace_bytes() const {
  return operations_->workspace_bytes();
}
std::string Convolution::plan() const {
  return operations_->text();
}

void Convolution::forward(const void* x, const void* kernel, void* y, void* workspace) {
  operations_->run(ConvolutionOperation::kForward, x, kernel, y, workspace);
}
void Convolution::data_gradient(const void* dy, const void* kernel, void* dx, void* workspace) {
  operations_->run(ConvolutionOperation::kDataGradient, dx, kernel, dy, workspace);
}
void Convolution::kernel_gradient(const void* x, const void* dy, float* dkernel, void* workspace) {
  operations_->kernel_gradient(x, dy, dkernel, workspace);
}

}  // namespace convlstm::cuda
