#include "layer/layer.h"

#include <algorithm>
#include <cmath>

#include "core/checked.h"
#include "layer/initialization.h"

namespace convlstm {
namespace {

constexpr const char* kParameters = "layer: its parameters";
constexpr const char* kGradients = "layer: its gradients";

std::size_t bytes_of(const ParameterShape& shape) {
  return static_cast<std::size_t>(shape.count) * sizeof(float);
}

}  // namespace

Layer::Layer(std::shared_ptr<Context> context, const LayerDescription& desc)
    : context_(std::move(context)),
      desc_(desc),
      list_(list_parameters(desc)),
      parameters_(zero_buffers(context_->backend())),
      packed_(static_cast<std::size_t>(cell_count(desc))),
      views_(packed_.size()),
      gradient_views_(packed_.size()) {
  for (std::size_t cell = 0; cell < views_.size(); ++cell) {
    views_[cell].version = 1;
    views_[cell].packed = &packed_[cell];
  }
  for (std::size_t i = 0; i < list_.size(); ++i)
    views_[list_[i].cell].data[list_[i].shape.place] = parameter(i);
  parameter_queues_.write(own_backend());
}

Layer::~Layer() {
  parameter_queues_.wait_for_all_but(context_->backend());
  gradient_queues_.wait_for_all_but(context_->backend());
}

std::vector<Buffer> Layer::zero_buffers(Backend& backend) const {
  std::vector<Buffer> out;
  for (const auto& [shape, cell] : list_) {
    out.push_back(Buffer::of_floats(context_->shared_backend(), CLN_OBJECT_LAYER, shape.count));
    backend.fill(out.back().floats(), shape.count, 0.0f);
  }
  return out;
}

const ParameterShape& Layer::shape(const char* name, std::int32_t index) const {
  check_range(name, index, 0, static_cast<std::int64_t>(list_.size()) - 1);
  return list_[static_cast<std::size_t>(index)].shape;
}

void Layer::set_parameter(std::int32_t index, const float* data, std::int64_t count) {
  const ParameterShape& shape = this->shape("index", index);
  check_count("count", shape.count, count, shape.name.c_str());
  check_finite("data", data, count);
  const WriteUse use(parameter_use_, kParameters);
  parameter_queues_.write(own_backend());
  parameters_changed();
  context_->backend().copy_in(parameter(static_cast<std::size_t>(index)), data, bytes_of(shape));
}

void Layer::get_parameter(std::int32_t index, float* data, std::int64_t count) {
  const ParameterShape& shape = this->shape("index", index);
  check_count("count", shape.count, count, shape.name.c_str());
  const ReadUse use(parameter_use_, kParameters);
  parameter_queues_.read(own_backend());
  context_->backend().copy_out(data, parameter(static_cast<std::size_t>(index)), bytes_of(shape));
}

void Layer::get_gradient(std::int32_t index, float* data, std::int64_t count) {
  const ParameterShape& shape = this->shape("index", index);
  check_count("count", shape.count, count, shape.name.c_str());
  const ReadUse use(gradient_use_, kGradients);
  gradient_queues_.read(own_backend());
  if (gradients_.empty())
    std::fill_n(data, count, 0.0f);
  else
    context_->backend().copy_out(data, gradient(static_cast<std::size_t>(index)), bytes_of(shape));
}

void Layer::zero_gradients() {
  const WriteUse use(gradient_use_, kGradients);
  gradient_queues_.write(own_backend());
  clear_gradients(context_->backend());
}

void Layer::initialize(std::uint64_t seed) {
  Random random(seed);
  std::vector<std::vector<float>> values;
  for (const LayerParameter& parameter : list_) values.push_back(initial_values(parameter.shape, random));
  const WriteUse use(parameter_use_, kParameters);
  parameter_queues_.write(own_backend());
  parameters_changed();
  for (std::size_t i = 0; i < list_.size(); ++i)
    context_->backend().copy_in(parameter(i), values[i].data(), bytes_of(list_[i].shape));
}

void Layer::parameters_changed() {
  for (ParameterViews& views : views_) ++views.version;
}

void Layer::create_gradients(const std::shared_ptr<Backend>& backend) {
  gradient_queues_.write(backend);
  if (!gradients_.empty()) return;
  if (backend != own_backend()) backend->wait_for(*own_backend());  // whose memory it is
  gradients_ = zero_buffers(*backend);
  for (std::size_t i = 0; i < list_.size(); ++i)
    gradient_views_[list_[i].cell][list_[i].shape.place] = gradient(i);
}

void Layer::clear_gradients(Backend& backend) {
  for (std::size_t i = 0; i < gradients_.size(); ++i) backend.fill(gradient(i), list_[i].shape.count, 0.0f);
}

void check_finite(const char* name, const float* data, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    if (!std::isfinite(data[i]))
      fail(CLN_NOT_FINITE, name, ": expected finite numbers, got ", data[i], " at element ", i);
}

}  // namespace convlstm
