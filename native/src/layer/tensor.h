#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "layer/buffer.h"
#include "layer/context.h"

namespace convlstm {

// A dense array of floats on a context's device: its own memory, or borrowed memory of the host.
class Tensor {
 public:
  // Zeros.
  Tensor(std::shared_ptr<Context> context, std::span<const std::int64_t> dims);
  // Over `data`, which stays the caller's.
  Tensor(std::shared_ptr<Context> context, std::span<const std::int64_t> dims, float* data,
         std::int64_t element_count);

  Context& context() const { return *context_; }
  const std::vector<std::int64_t>& dims() const { return dims_; }
  std::int64_t count() const { return count_; }
  bool is_borrowed() const { return is_borrowed_; }
  float* data() const { return data_; }

  void upload(const float* data, std::int64_t count);
  void download(float* data, std::int64_t count) const;
  void fill(float value);
  void sigmoid();
  void add(const Tensor& other);

 private:
  std::shared_ptr<Context> context_;
  std::vector<std::int64_t> dims_;
  std::int64_t count_;
  bool is_borrowed_ = false;
  Buffer memory_;
  float* data_ = nullptr;
};

// destination[:, to : to + count] = source[:, from : from + count] over the last three dimensions (channels,
// H, W).
void copy_channels(const Tensor& source, std::int64_t from, std::int64_t count, Tensor& destination,
                   std::int64_t to);

// Whether two ranges of floats share an element. Empty ranges share none.
bool overlaps(const float* a, std::int64_t a_count, const float* b, std::int64_t b_count);

}  // namespace convlstm
