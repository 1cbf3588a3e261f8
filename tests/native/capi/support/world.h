#pragma once

#include "support/objects.h"

namespace convlstm::test {

// One small object of every kind, such that every function has arguments that it accepts: N = 1, T = 2, C =
// 1, F = 2, H = W = 3.
struct World {
  Context context = make_context();
  Layer layer = make_recurrent(context, recurrent_desc(1, 2));
  Layer other_layer = make_recurrent(context, recurrent_desc(1, 2));
  Session session = make_session(context, layer, {1, 3, 3});
  State state = make_state(context, layer, {1, 3, 3});
  State other_state = make_state(context, layer, {1, 3, 3});
  Reserve reserve = make_reserve(session, 2);
  Tensor x = make_tensor(context, {1, 2, 1, 3, 3}, random_floats(18, 1));
  Tensor y = make_tensor(context, {1, 2, 2, 3, 3});
  Tensor target = make_tensor(context, {1, 2, 2, 3, 3});
  Optimizer optimizer = make_world_optimizer();

  static constexpr std::int64_t kX = 18;
  static constexpr std::int64_t kY = 36;
  static constexpr std::int64_t kPart = 18;
  static constexpr std::int64_t kRecurrentKernel = 4 * 2 * 2 * 9;

  // Fills the reserve.
  void forward_training() const {
    ok(cln_session_forward_training(session.get(), 2, x.get(), nullptr, nullptr, reserve.get(), y.get()));
  }

 private:
  Optimizer make_world_optimizer() const {
    cln_optimizer_desc desc;
    ok(cln_optimizer_desc_init(&desc));
    Optimizer out = make_optimizer(context, desc);
    ok(cln_optimizer_add_layer(out.get(), layer.get()));
    return out;
  }
};

}  // namespace convlstm::test
