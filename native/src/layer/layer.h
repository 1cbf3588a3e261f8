#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "layer/buffer.h"
#include "layer/context.h"
#include "layer/description.h"
#include "layer/queue_users.h"
#include "layer/use_lock.h"

namespace convlstm {

// A layer's description, its canonical parameters and their gradients. Sessions on any context of the device
// may share it: parameters() is read under parameter_use(), gradients() is written under gradient_use().
class Layer {
 public:
  // Parameters of zeros.
  Layer(std::shared_ptr<Context> context, const LayerDescription& desc);
  ~Layer();
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  Context& context() const { return *context_; }
  const LayerDescription& desc() const { return desc_; }
  const std::vector<LayerParameter>& list() const { return list_; }
  // The shape of parameter `index`; `name` is the argument that it came from.
  const ParameterShape& shape(const char* name, std::int32_t index) const;

  void set_parameter(std::int32_t index, const float* data, std::int64_t count);
  void get_parameter(std::int32_t index, float* data, std::int64_t count);
  void get_gradient(std::int32_t index, float* data, std::int64_t count);
  void zero_gradients();
  void initialize(std::uint64_t seed);

  UseLock& parameter_use() { return parameter_use_; }
  UseLock& gradient_use() { return gradient_use_; }
  // Where the work on them is queued: whoever uses them says so here too, under the same locks.
  QueueUsers& parameter_queues() { return parameter_queues_; }
  QueueUsers& gradient_queues() { return gradient_queues_; }

  // Under parameter_use():
  std::span<const ParameterViews> views() const { return views_; }  // of each cell
  std::uint64_t version() const { return views_.front().version; }
  float* parameter(std::size_t index) const { return parameters_[index].floats(); }
  void parameters_changed();

  // Under gradient_use(). The gradients come to be, as zeros, at the first call, and are `backend`'s to
  // write: that of the context that runs.
  void create_gradients(const std::shared_ptr<Backend>& backend);
  void clear_gradients(Backend& backend);
  float* gradient(std::size_t index) const { return gradients_[index].floats(); }
  std::span<const Gradients> gradients() const { return gradient_views_; }  // of each cell

 private:
  std::vector<Buffer> zero_buffers(Backend& backend) const;
  const std::shared_ptr<Backend>& own_backend() const { return context_->shared_backend(); }

  std::shared_ptr<Context> context_;
  LayerDescription desc_;
  std::vector<LayerParameter> list_;
  std::vector<Buffer> parameters_;  // as list_
  std::vector<Buffer> gradients_;   // as list_, or empty
  std::deque<PackedCache> packed_;  // of each cell, as the views
  std::vector<ParameterViews> views_;
  std::vector<Gradients> gradient_views_;
  UseLock parameter_use_;
  UseLock gradient_use_;
  QueueUsers parameter_queues_, gradient_queues_;
};

// CLN_NOT_FINITE where a value is NaN or infinite.
void check_finite(const char* name, const float* data, std::int64_t count);

}  // namespace convlstm
