// Descriptors of the fake cuDNN, and what the documentation says of their attributes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/cuda/cudnn_api.h"
#include "support/fake_cudnn.h"

namespace convlstm::cuda::fake {

// A refusal: becomes the status and the last error string.
struct Refusal {
  cudnn::Status status;
  std::string text;
};
[[noreturn]] void refuse(cudnn::Status status, const std::string& text);

struct Descriptor;
using DescriptorPtr = std::shared_ptr<Descriptor>;

struct Value {
  cudnn::AttributeType type{};
  std::int64_t count = 0;
  std::vector<std::byte> bytes{};
  std::vector<DescriptorPtr> descriptors{};  // of type kBackendDescriptor, instead of bytes

  template <typename T>
  std::vector<T> as() const {
    std::vector<T> values(static_cast<std::size_t>(count));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
  }
};

struct Descriptor {
  cudnn::DescriptorType type{};
  bool is_finalized = false;
  std::map<cudnn::Attribute, Value> values{};
  std::optional<Engine> engine{};  // of engines, their configurations and plans

  const Value& at(cudnn::Attribute name) const;  // refuses where it was not set
  std::int64_t integer(cudnn::Attribute name) const { return at(name).as<std::int64_t>().at(0); }
  std::vector<std::int64_t> integers(cudnn::Attribute name) const { return at(name).as<std::int64_t>(); }
  DescriptorPtr descriptor(cudnn::Attribute name) const { return at(name).descriptors.at(0); }
};

std::size_t bytes_of(cudnn::AttributeType type);

// Checks and keeps. `elements`: of descriptors, their handles have been looked up already.
void set_attribute(Descriptor& descriptor, cudnn::Attribute name, Value value);
// Checks what finalizing checks: everything required is there and fits together.
void check_complete(const Descriptor& descriptor);

}  // namespace convlstm::cuda::fake
