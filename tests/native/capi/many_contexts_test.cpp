// Many contexts at once, with more threads than there are processors: each gives what it gives alone.
#include <memory>
#include <thread>

#include "support/fixture.h"
#include "support/objects.h"

namespace convlstm::test {
namespace {

class ManyContexts : public CapiTest {};

// One context's layer, large enough that its loops are shared by threads.
class Trainer {
 public:
  static constexpr std::int64_t kSteps = 3, kPixels = kSteps * 2 * 17 * 13, kX = kPixels * 3;

  Trainer(int threads, std::int64_t hidden)
      : context(make_context(threads)),
        y_count(kPixels * hidden),
        layer(make_recurrent(context, recurrent_desc(3, hidden))) {
    randomize(layer, 0.3f, 41);
  }

  // The output and all gradients of a training pass.
  std::vector<Floats> train() const {
    const Tensor y = make_tensor(context, {y_count}, poison(y_count)),
                 dx = make_tensor(context, {kX}, poison(kX));
    ok(cln_layer_zero_gradients(layer.get()));
    ok(cln_session_forward_training(session.get(), kSteps, x.get(), nullptr, nullptr, reserve.get(),
                                    y.get()));
    ok(cln_session_backward(session.get(), x.get(), reserve.get(), dy.get(), nullptr, dx.get()));
    std::vector<Floats> results{values_of(y), values_of(dx)};
    for (std::int32_t k = 0; k < parameter_count(layer); ++k) results.push_back(gradient_of(layer, k));
    return results;
  }

  Context context;
  std::int64_t y_count;
  Layer layer;
  Session session = make_session(context, layer, {2, 17, 13});
  Reserve reserve = make_reserve(session, kSteps);
  Tensor x = make_tensor(context, {kX}, random_floats(kX, 42));
  Tensor dy = make_tensor(context, {y_count}, random_floats(y_count, 43));
};

void check_eight_at_once(std::int64_t hidden, int rounds) {
  std::vector<std::unique_ptr<Trainer>> trainers;
  for (int k = 0; k < 8; ++k) trainers.push_back(std::make_unique<Trainer>(2 + k % 2, hidden));
  const std::vector<Floats> two = trainers[0]->train(), three = trainers[1]->train();
  std::vector<std::jthread> callers;
  for (int k = 0; k < 8; ++k)
    callers.emplace_back([&, k] {
      for (int round = 0; round < rounds; ++round)
        EXPECT_EQ(trainers[static_cast<std::size_t>(k)]->train(), k % 2 == 0 ? two : three);
    });
}

TEST_F(ManyContexts, EightAtOnce_GiveWhatOneGivesAlone) {
  check_eight_at_once(19, 10);
}

// Weights so many that their contexts take turns.
TEST_F(ManyContexts, EightLargeOnesAtOnce_GiveWhatOneGivesAlone) {
  check_eight_at_once(48, 2);
}

}  // namespace
}  // namespace convlstm::test
