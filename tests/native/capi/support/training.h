#pragma once

#include "support/objects.h"

namespace convlstm::test {

// A small layer on a fixed problem, whose gradients can be made again and again.
class Training {
 public:
  Training(const Context& on, std::uint64_t seed) : context(on) { randomize(layer, 0.4f, seed); }

  // Adds the gradients of <y, dy> for a random dy.
  void add_gradients(std::uint64_t seed, float scale = 1.0f) const {
    Floats slopes = random_floats(36, seed);
    for (float& slope : slopes) slope *= scale;
    const Tensor dy = make_tensor(context, {36}, slopes);
    ok(cln_session_forward_training(session.get(), 2, x.get(), nullptr, nullptr, reserve.get(), y.get()));
    ok(cln_session_backward(session.get(), x.get(), reserve.get(), dy.get(), nullptr, nullptr));
  }

  const Context& context;
  Layer layer = make_recurrent(context, recurrent_desc(1, 2));
  Session session = make_session(context, layer, {1, 3, 3});
  Reserve reserve = make_reserve(session, 2);
  Tensor x = make_tensor(context, {18}, random_floats(18, 90));
  Tensor y = make_tensor(context, {36});
};

}  // namespace convlstm::test
