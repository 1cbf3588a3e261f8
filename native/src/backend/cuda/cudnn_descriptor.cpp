#include "backend/cuda/cudnn_descriptor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.h"

namespace convlstm::cuda {

using cudnn::Attribute;
using cudnn::AttributeType;

CudnnDescriptor::CudnnDescriptor(const CudnnLibrary& library, cudnn::DescriptorType type)
    : library_(&library), type_(type) {
  library.check(library.functions().cudnnBackendCreateDescriptor(type, &descriptor_),
                "cudnnBackendCreateDescriptor", "descriptor " + std::to_string(static_cast<int>(type)));
}

CudnnDescriptor::~CudnnDescriptor() {
  if (descriptor_ != nullptr) (void)library_->functions().cudnnBackendDestroyDescriptor(descriptor_);
}

CudnnDescriptor::CudnnDescriptor(CudnnDescriptor&& other) noexcept
    : library_(other.library_), type_(other.type_), descriptor_(std::exchange(other.descriptor_, nullptr)) {}

CudnnDescriptor& CudnnDescriptor::operator=(CudnnDescriptor&& other) noexcept {
  std::swap(library_, other.library_);
  std::swap(type_, other.type_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

std::string CudnnDescriptor::place(Attribute name) const {
  return "descriptor " + std::to_string(static_cast<int>(type_)) + ", attribute " +
         std::to_string(static_cast<int>(name));
}

CudnnDescriptor& CudnnDescriptor::set(Attribute name, AttributeType type, std::int64_t count,
                                      const void* elements) {
  const cudnn::Status status =
      library_->functions().cudnnBackendSetAttribute(descriptor_, name, type, count, elements);
  if (status != cudnn::Status::kSuccess) library_->check(status, "cudnnBackendSetAttribute", place(name));
  return *this;
}

CudnnDescriptor& CudnnDescriptor::set(Attribute name, std::span<const std::int64_t> values) {
  return set(name, AttributeType::kInt64, std::ssize(values), values.data());
}
CudnnDescriptor& CudnnDescriptor::set(Attribute name, float value) {
  return set(name, AttributeType::kFloat, 1, &value);
}
CudnnDescriptor& CudnnDescriptor::set(Attribute name, cudnn::DataType value) {
  return set(name, AttributeType::kDataType, 1, &value);
}
CudnnDescriptor& CudnnDescriptor::set(Attribute name, cudnn::ConvolutionMode value) {
  return set(name, AttributeType::kConvolutionMode, 1, &value);
}
CudnnDescriptor& CudnnDescriptor::set(Attribute name, cudnn::HeuristicsMode value) {
  return set(name, AttributeType::kHeuristicsMode, 1, &value);
}
CudnnDescriptor& CudnnDescriptor::set(Attribute name, const CudnnHandle& value) {
  const cudnn::Handle handle = value.get();
  return set(name, AttributeType::kHandle, 1, &handle);
}
CudnnDescriptor& CudnnDescriptor::set(Attribute name, const CudnnDescriptor& value) {
  return set(name, AttributeType::kBackendDescriptor, 1, &value.descriptor_);
}
CudnnDescriptor& CudnnDescriptor::set_pointers(Attribute name, std::span<void* const> values) {
  return set(name, AttributeType::kVoidPointer, std::ssize(values), values.data());
}

cudnn::Status CudnnDescriptor::try_finalize() {
  return library_->functions().cudnnBackendFinalize(descriptor_);
}

void CudnnDescriptor::finalize() {
  const cudnn::Status status = try_finalize();
  if (status != cudnn::Status::kSuccess)
    library_->check(status, "cudnnBackendFinalize", "descriptor " + std::to_string(static_cast<int>(type_)));
}

std::int64_t CudnnDescriptor::get(Attribute name, AttributeType type, std::int64_t capacity,
                                  void* elements) const {
  std::int64_t count = 0;
  const cudnn::Status status =
      library_->functions().cudnnBackendGetAttribute(descriptor_, name, type, capacity, &count, elements);
  if (status != cudnn::Status::kSuccess) library_->check(status, "cudnnBackendGetAttribute", place(name));
  return count;
}

std::int64_t CudnnDescriptor::get_int64(Attribute name) const {
  std::int64_t value = 0;
  if (get(name, AttributeType::kInt64, 1, &value) != 1)
    fail(CLN_DEVICE_ERROR, "cudnnBackendGetAttribute (", place(name), "): expected one value");
  return value;
}

CudnnDescriptor CudnnDescriptor::get_descriptor(Attribute name, cudnn::DescriptorType type) const {
  CudnnDescriptor result(*library_, type);
  if (get(name, AttributeType::kBackendDescriptor, 1, &result.descriptor_) != 1)
    fail(CLN_DEVICE_ERROR, "cudnnBackendGetAttribute (", place(name), "): expected one descriptor");
  return result;
}

std::vector<CudnnDescriptor> CudnnDescriptor::get_descriptors(Attribute name,
                                                              cudnn::DescriptorType type) const {
  const std::int64_t count = get(name, AttributeType::kBackendDescriptor, 0, nullptr);
  std::vector<CudnnDescriptor> results;
  std::vector<cudnn::BackendDescriptor> raw;
  for (std::int64_t i = 0; i < count; ++i) raw.push_back(results.emplace_back(*library_, type).get());
  const std::int64_t written =
      count == 0 ? 0 : std::min(count, get(name, AttributeType::kBackendDescriptor, count, raw.data()));
  results.erase(results.begin() + written, results.end());
  return results;
}

std::vector<cudnn::NumericalNote> CudnnDescriptor::get_notes(Attribute name) const {
  std::array<cudnn::NumericalNote, 64> notes{};
  const std::int64_t count = get(name, AttributeType::kNumericalNote, std::ssize(notes), notes.data());
  if (count > std::ssize(notes))
    fail(CLN_DEVICE_ERROR, "cudnnBackendGetAttribute (", place(name), "): expected at most 64 notes, got ",
         count);
  return {notes.begin(), notes.begin() + count};
}

}  // namespace convlstm::cuda
