#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/cpu/aligned_buffer.h"
#include "backend/cpu/cpu_device.h"
#include "backend/cpu/packed_rows.h"
#include "backend/cpu/plane_geometry.h"
#include "backend/cpu/plane_source.h"
#include "backend/executor.h"

namespace convlstm::cpu {

class GenericConv final : public Executor {
 public:
  GenericConv(CpuDevice& device, const ConvDesc& desc, const InputShape& shape);

  const char* name() const override { return "generic"; }
  ExecutorPlan plan(std::int64_t steps) const override;
  std::size_t workspace_bytes() const override { return x_.bytes() + dy_.bytes() + ones_.bytes(); }
  std::size_t reserve_bytes(std::int64_t) const override { return 0; }
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

 private:
  std::shared_ptr<const PackedRows> packed(const ParameterViews& parameters, bool transposed);
  void reserve_slots(std::int64_t slots);  // of x_
  // Packs the channels of step t into slot `slot`: the share of one part.
  void pack_share(const Frames<const float>& frames, std::int64_t channels, std::int64_t t, float* set,
                  std::int64_t part, std::int64_t parts) const;
  // The images of one step through `weights` into `to`, bias added where there is one.
  template <typename Aside>
  void run_step(const Terms& terms, const PackedRows& weights, std::int64_t inputs, std::int64_t outputs,
                const float* bias, const Frames<float>& to, std::int64_t t, const Aside& aside);

  CpuDevice& device_;
  ConvDesc desc_;
  std::int64_t batch_, area_;
  Axes axes_;
  PlaneGeometry geometry_;
  PlaneSource source_;
  std::vector<std::int64_t> terms_, columns_, transposed_terms_;
  AlignedBuffer x_, dy_, ones_;  // planes of some steps each; a plane of ones
};

}  // namespace convlstm::cpu
