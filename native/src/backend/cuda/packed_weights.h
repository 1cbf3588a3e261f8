// The parameters of a recurrent cell as its kernels and convolutions read them: cast, channels last, filled
// up with zeros. They are made once for every version of the parameters, on the device, and stay where they
// are when the version changes, so that recorded work keeps to them.
#pragma once

#include <array>
#include <memory>
#include <mutex>

#include "backend/cuda/device.h"
#include "backend/cuda/images.h"
#include "backend/cuda/parameter_gradients.h"
#include "backend/executor.h"
#include "cell/cell_plan.h"

namespace convlstm::cuda {

class PackedWeights {
 public:
  // Which parameters: of an executor that reads kernels in a form of its own all others.
  enum class Parts : std::uint8_t { kAll, kAllButKernels };

  PackedWeights(std::shared_ptr<Device> device, const RecurrentDesc& desc, const CellPlan& plan,
                const ImageGrid& grid, Element element, Parts parts);

  // Those of a layer, shared by all its sessions of this device.
  static std::shared_ptr<const PackedWeights> of(const ParameterViews& parameters,
                                                 const std::shared_ptr<Device>& device,
                                                 const RecurrentDesc& desc, const CellPlan& plan,
                                                 const ImageGrid& grid, Element element,
                                                 Parts parts = Parts::kAll);

  // Queues what makes them those of `parameters`, where they are not.
  void refresh(const ParameterViews& parameters) const;

  // Without rows where it has no such kernel.
  const KernelLayout& layout(std::size_t kernel) const { return kernels_[kernel]; }
  // Rows from `first_gate` on.
  const void* kernel(std::size_t kernel, std::int64_t first_gate) const;
  // [padded]. What is added to a sum; what is added before a group normalization.
  const float* bias(int slot) const { return rows(bias_, slot); }
  const float* norm_offset(int slot) const { return rows(norm_offset_, slot); }
  // [pixel][row][padded], or [row][padded] where there is one a channel.
  const float* table(std::size_t place, std::int64_t first_row) const;
  std::int64_t table_rows(std::size_t place) const { return tables_[place].rows; }

 private:
  struct Table {
    std::int64_t rows = 0, pixels = 1;
    std::size_t offset = 0;
  };
  const float* rows(std::size_t offset, std::int64_t row) const {
    return reinterpret_cast<const float*>(memory_.as<char>() + offset) + row * grid_.padded;
  }
  void pack_bias(const ParameterViews& parameters) const;

  std::shared_ptr<Device> device_;
  RecurrentDesc desc_;
  CellPlan plan_;
  ImageGrid grid_;
  Element element_;
  std::array<KernelLayout, kRecurrentParameterCount> kernels_{};
  std::array<std::size_t, kRecurrentParameterCount> kernel_offsets_{};
  std::array<Table, kRecurrentParameterCount> tables_{};
  std::size_t bias_ = 0, norm_offset_ = 0;
  DeviceMemory memory_;
  mutable std::mutex mutex_;
  mutable bool is_filled_ = false;
  mutable std::uint64_t version_ = 0;
};

// Canonical rows (OIHW) of all gates into `packed`.
void pack_kernel(Stream& stream, const KernelLayout& layout, const float* canonical, void* packed,
                 Element element);

// Where places of convolutions' shapes come from: sizes of a kernel of a cell.
KernelLayout kernel_layout(const RecurrentDesc& desc, std::size_t kernel, std::int64_t multiple);

}  // namespace convlstm::cuda
