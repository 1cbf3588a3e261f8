// A descriptor of cuDNN's graph API: made, given attributes, finalized, and then read or used by others.
// Every call is checked.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backend/cuda/cudnn_library.h"

namespace convlstm::cuda {

class CudnnDescriptor {
 public:
  CudnnDescriptor(const CudnnLibrary& library, cudnn::DescriptorType type);
  ~CudnnDescriptor();
  CudnnDescriptor(CudnnDescriptor&& other) noexcept;
  CudnnDescriptor& operator=(CudnnDescriptor&& other) noexcept;

  CudnnDescriptor& set(cudnn::Attribute name, std::int64_t value) { return set(name, std::span(&value, 1)); }
  CudnnDescriptor& set(cudnn::Attribute name, std::span<const std::int64_t> values);
  CudnnDescriptor& set(cudnn::Attribute name, float value);
  CudnnDescriptor& set(cudnn::Attribute name, cudnn::DataType value);
  CudnnDescriptor& set(cudnn::Attribute name, cudnn::ConvolutionMode value);
  CudnnDescriptor& set(cudnn::Attribute name, cudnn::HeuristicsMode value);
  CudnnDescriptor& set(cudnn::Attribute name, const CudnnHandle& value);
  CudnnDescriptor& set(cudnn::Attribute name, const CudnnDescriptor& value);  // `value` has been finalized
  CudnnDescriptor& set_pointers(cudnn::Attribute name, std::span<void* const> values);
  void finalize();
  // As finalize(), for those descriptors whose refusal is an answer.
  cudnn::Status try_finalize();

  std::int64_t get_int64(cudnn::Attribute name) const;
  CudnnDescriptor get_descriptor(cudnn::Attribute name, cudnn::DescriptorType type) const;
  std::vector<CudnnDescriptor> get_descriptors(cudnn::Attribute name, cudnn::DescriptorType type) const;
  std::vector<cudnn::NumericalNote> get_notes(cudnn::Attribute name) const;

  cudnn::BackendDescriptor get() const { return descriptor_; }

 private:
  CudnnDescriptor& set(cudnn::Attribute name, cudnn::AttributeType type, std::int64_t count,
                       const void* elements);
  std::int64_t get(cudnn::Attribute name, cudnn::AttributeType type, std::int64_t capacity,
                   void* elements) const;
  std::string place(cudnn::Attribute name) const;

  const CudnnLibrary* library_;
  cudnn::DescriptorType type_;
  cudnn::BackendDescriptor descriptor_ = nullptr;
};

}  // namespace convlstm::cuda
