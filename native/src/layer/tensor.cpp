#include "layer/tensor.h"

#include <functional>

#include "core/checked.h"

namespace convlstm {
namespace {

std::int64_t element_count(std::span<const std::int64_t> dims) {
  for (const std::int64_t dim : dims)
    if (dim < 0) fail(CLN_INVALID_ARGUMENT, "dims: expected sizes of at least 0, got ", dim);
  std::int64_t count = 1;
  for (const std::int64_t dim : dims)
    if (dim == 0) count = 0;
  for (const std::int64_t dim : dims) count = checked_product("dims", {count, dim});
  return count;
}

std::size_t bytes_of(std::int64_t count) {
  return static_cast<std::size_t>(count) * sizeof(float);
}

struct Images {
  std::int64_t count, channels, h, w;
};

Images images_of(const char* name, const Tensor& tensor) {
  const auto& dims = tensor.dims();
  const std::size_t rank = dims.size();
  if (rank < 3)
    fail(CLN_SHAPE_MISMATCH, name, ": expected at least 3 dimensions (..., channels, H, W), got ", rank);
  std::int64_t count = 1;
  for (std::size_t i = 0; i + 3 < rank; ++i) count = checked_product(name, {count, dims[i]});
  return {count, dims[rank - 3], dims[rank - 2], dims[rank - 1]};
}

void check_channels(const char* name, std::int64_t first, std::int64_t count, std::int64_t channels) {
  if (first < 0 || count > channels || first > channels - count)
    fail(CLN_SHAPE_MISMATCH, name, ": expected 0 to ", channels - count, " for ", count, " of ", channels,
         " channels, got ", first);
}

}  // namespace

Tensor::Tensor(std::shared_ptr<Context> context, std::span<const std::int64_t> dims)
    : context_(std::move(context)),
      dims_(dims.begin(), dims.end()),
      count_(element_count(dims)),
      memory_(Buffer::of_floats(context_->shared_backend(), CLN_OBJECT_TENSOR, count_)),
      data_(memory_.floats()) {
  fill(0.0f);
}

Tensor::Tensor(std::shared_ptr<Context> context, std::span<const std::int64_t> dims, float* data,
               std::int64_t count)
    : context_(std::move(context)),
      dims_(dims.begin(), dims.end()),
      count_(element_count(dims)),
      is_borrowed_(true),
      data_(data) {
  if (context_->backend().device_kind() != CLN_DEVICE_CPU)
    fail(CLN_UNSUPPORTED,
         "context: expected a CPU context, since a tensor cannot borrow memory for another device");
  check_count("element_count", count_, count, "the product of dims");
}

void Tensor::upload(const float* data, std::int64_t count) {
  check_count("count", count_, count, "of the tensor");
  context_->backend().copy_in(data_, data, bytes_of(count_));
}

void Tensor::download(float* data, std::int64_t count) const {
  check_count("count", count_, count, "of the tensor");
  context_->backend().copy_out(data, data_, bytes_of(count_));
}

void Tensor::fill(float value) {
  context_->backend().fill(data_, count_, value);
}

void Tensor::sigmoid() {
  context_->backend().sigmoid(data_, count_);
}

void Tensor::add(const Tensor& other) {
  if (!context_->same_device(other.context()))
    fail(CLN_INVALID_ARGUMENT, "other: expected a tensor on the device of tensor, got one on another");
  check_count("other", count_, other.count_, "of the tensor");
  if (data_ != other.data_ && overlaps(data_, count_, other.data_, count_))
    fail(CLN_INVALID_ARGUMENT,
         "other: expected tensor itself or memory apart from it, got memory that overlaps it in part");
  context_->backend().add(data_, other.data_, count_);
}

void copy_channels(const Tensor& source, std::int64_t from, std::int64_t count, Tensor& destination,
                   std::int64_t to) {
  if (!source.context().same_device(destination.context()))
    fail(CLN_INVALID_ARGUMENT, "destination: expected a tensor on the device of source, got one on another");
  const Images in = images_of("source", source);
  const Images out = images_of("destination", destination);
  if (in.count != out.count || in.h != out.h || in.w != out.w)
    fail(CLN_SHAPE_MISMATCH, "destination: expected ", in.count, " images of ", in.h, "x", in.w,
         " as in source, got ", out.count, " of ", out.h, "x", out.w);
  check_at_least("count", count, 0);
  check_channels("from", from, count, in.channels);
  check_channels("to", to, count, out.channels);
  if (&source == &destination ||
      overlaps(source.data(), source.count(), destination.data(), destination.count()))
    fail(CLN_INVALID_ARGUMENT, "destination: expected other memory than that of source, got the same");
  if (count == 0 || source.count() == 0 || destination.count() == 0) return;
  destination.context().backend().copy_channels(source.data(), {in.channels, from}, destination.data(),
                                                {out.channels, to}, in.count, count, in.h * in.w);
}

bool overlaps(const float* a, std::int64_t a_count, const float* b, std::int64_t b_count) {
  const std::less<const float*> before;
  return a_count > 0 && b_count > 0 && before(a, b + b_count) && before(b, a + a_count);
}

}  // namespace convlstm
